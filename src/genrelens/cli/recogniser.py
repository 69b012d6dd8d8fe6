"""Loads the recogniser of a command: in worker processes, with the networks that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from genrelens.cli.terminal import note
from genrelens.processes.cores import usable_cores

if TYPE_CHECKING:
    from genrelens.recognition import Options
    from genrelens.recognition.isolation import IsolatedRecognizer

MOST_JOBS_BY_DEFAULT = 16
"""A worker holds 150 to 350 MB."""

DEFAULT_JOBS = min(usable_cores(), MOST_JOBS_BY_DEFAULT)

Excerpts = Annotated[
    str, typer.Option(metavar="N|all", help="How many 30-s excerpts of a long recording are used.")
]
Jobs = Annotated[
    int,
    typer.Option(min=1, help="Worker processes.", show_default=f"cores, at most {MOST_JOBS_BY_DEFAULT}"),
]
Memory = Annotated[
    int,
    typer.Option(min=0, metavar="MB", help="Give up on a file that needs more memory; 0 for no limit."),
]
Resume = Annotated[bool, typer.Option("--resume", help="With --out: go on where an earlier run stopped.")]
"""Options of the commands that work on recordings."""


def load_recogniser(
    model: str | None, jobs: int, timeout_s: float | None, memory_mb: int | None, options: Options
) -> IsolatedRecognizer:
    """Starts a worker that loads the bundle while this process goes on; fetches missing networks first.

    Args:
        model: as for `Recognizer`.
        jobs: worker processes.
        timeout_s: seconds that a recording may take; None for no limit.
        memory_mb: megabytes that a worker may hold; None for no limit.
        options: of predictions.

    Raises:
        BundleError: there is no such bundle, or it cannot be used.
        EncoderError: a network cannot be fetched.
    """
    from genrelens.recognition.isolation import IsolatedRecognizer

    if model not in (None, "default"):
        _fetch_networks(model)
    return IsolatedRecognizer(
        model,
        jobs=jobs,
        timeout_s=timeout_s,
        memory_mb=memory_mb,
        excerpts=options.excerpts,
        always_answer=options.always_answer,
    )


def _fetch_networks(model: str | None) -> None:
    from genrelens.bundle import find_bundle, read_bundle
    from genrelens.recognition.networks import fetch_missing, networks_outside

    manifest = read_bundle(find_bundle(model)).manifest
    fetch_missing(networks_outside(manifest), manifest.name, note)
