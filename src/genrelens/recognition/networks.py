"""The pretrained networks that a recogniser needs: those that are not on this machine are fetched, once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from genrelens.bundle import Manifest
from genrelens.encoders import locate

logger = logging.getLogger("genrelens")


def needed(manifest: Manifest) -> list[str]:
    """The networks that a bundle uses and does not carry."""
    return [one.name for one in manifest.encoders if one.file is None]


def provide(names: Iterable[str], why: str, notice: Callable[[str], None] = logger.warning) -> None:
    """Fetches those of the networks that are not here; each with a notice, as bytes go over the network.

    Args:
        names: of networks.
        why: who needs them, the beginning of the notice.
        notice: called with a sentence for each; by default the logger `genrelens`, which prints to stderr
            where a program has not said otherwise.

    Raises:
        EncoderError: one cannot be fetched; the message says why and what helps.
    """
    for name in names:
        if locate(name).path is None:
            from genrelens.encoders.fetch import fetch

            notice(f"{why} needs the pretrained network {name}: fetching it, once")
            fetch(name)
