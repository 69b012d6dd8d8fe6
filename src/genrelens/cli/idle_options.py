"""Refuses options that would have no effect."""

from __future__ import annotations

from collections.abc import Mapping

import typer


def refuse_idle(used: bool, where: str, given: Mapping[str, object]) -> None:
    """Refuses options that have no effect together with the others that were given.

    Args:
        used: whether these options have an effect.
        where: when they have one, and why not here; the end of the message.
        given: by option, its value; None where it was not given.

    Raises:
        typer.BadParameter: one was given; the command ends with status 2.

    Example:
        >>> refuse_idle(False, "a recipe is trained, and none is here", {"--epochs": None})
        >>> refuse_idle(True, "a recipe is trained, and none is here", {"--epochs": 3})
    """
    for option, value in given.items():
        if value is not None and not used:
            raise typer.BadParameter(f"it only has an effect where {where}; leave it out", param_hint=option)
