"""Loads the data set that a command gets as DATA, and prints notes about it on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrelens.cli.output import messages

if TYPE_CHECKING:
    from genrelens.datasets import DataSet

AudioFolders = Annotated[
    list[Path] | None,
    typer.Option("--audio", help="Folder that relative paths in a CSV start from; may be repeated."),
]
"""The option of every command that takes DATA."""


def loaded(
    spec: str | Sequence[str],
    audio: Sequence[Path] | None = None,
    genres: str | None = None,
    fewest_tracks: int = 3,
) -> DataSet:
    """The data set; what is missing, empty, duplicate or too small in it is printed on stderr.

    Args:
        spec: one or several data sets.
        audio: folders that a CSV's paths may start from.
        genres: only these, separated by commas.
        fewest_tracks: of each genre.

    Raises:
        DataError: the data cannot be used.
    """
    from genrelens.datasets import load_dataset

    chosen = [name.strip() for name in genres.split(",") if name.strip()] if genres else None
    data = load_dataset(spec, genres=chosen, audio=list(audio or ()), fewest_tracks=fewest_tracks)
    print_notes(data.warnings)
    return data


def print_notes(notes: Iterable[str], printed: Iterable[str] = ()) -> None:
    """Prints sentences on stderr, a line each.

    Args:
        notes: what a reader of the results must know.
        printed: those of them that were printed before.
    """
    known = set(printed)
    console = messages()
    for note in dict.fromkeys(notes):
        if note not in known:
            console.print(f"genrelens: {note}", style="yellow", markup=False, soft_wrap=True)
