"""Fetches the pretrained networks that a recogniser needs and that are not on this machine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from genrelens.bundle import Manifest
from genrelens.encoders import locate

logger = logging.getLogger("genrelens")


def networks_outside(manifest: Manifest) -> list[str]:
    """The networks that a bundle uses and does not contain."""
    return [one.name for one in manifest.encoders if one.file is None]


def fetch_missing(
    names: Iterable[str], needed_by: str, notice: Callable[[str], None] = logger.warning
) -> None:
    """Fetches those networks that are not on this machine, each with a notice before it is downloaded.

    Args:
        names: of networks.
        needed_by: what needs them, the beginning of the notice.
        notice: called with a sentence for each; by default the logger `genrelens`, which prints to stderr
            unless a program configures it.

    Raises:
        EncoderError: one cannot be fetched; the message says why and what to do.
    """
    for name in names:
        if locate(name).path is None:
            from genrelens.encoders.fetch import fetch

            notice(f"{needed_by} needs the pretrained network {name}: fetching it, once")
            fetch(name)
