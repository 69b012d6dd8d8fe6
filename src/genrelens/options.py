"""Options that a recipe gives: frozen classes, whose fields define the values they take, filled from a table.

An options class is any frozen dataclass whose fields are numbers, texts or truth values with defaults;
`option` adds the range of a field.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeVar, get_type_hints

from genrelens.errors import RecipeError

T = TypeVar("T", bound=Any)

FORMER_NAMES = {
    "noise": "ridge",
    "evenness": "wccn_shrinkage",
    "sharpness": "inverse_temperature",
}
"""What options of the first recipes were called, and what they are called by the field."""


def option(
    default: Any, *, above: float | None = None, least: float | None = None, below: float | None = None
) -> Any:
    """A field of an options class: its default and the values that it may have.

    Args:
        default: its value where a recipe does not set it.
        above, below: it must be more, or less, than that.
        least: it must not be less than that.
    """
    return field(default=default, metadata={"above": above, "least": least, "below": below})


@dataclass(frozen=True)
class NoOptions:
    """For a kind that has no options."""


def filled(default: T, table: Any, where: str) -> T:
    """A dataclass with a table's values in the place of its own.

    Args:
        default: an instance; the types and ranges of its class's fields are what values must have.
        table: the values that a recipe gives.
        where: the beginning of a message.

    Raises:
        RecipeError: a key is unknown, or a value of the wrong kind or out of its range.

    Example:
        >>> @dataclass(frozen=True)
        ... class Penalty:
        ...     ridge: float = option(0.1, least=0)
        >>> filled(Penalty(), {"ridge": 1}, "member mine")
        Penalty(ridge=1.0)
        >>> filled(Penalty(), {"noise": 2.0}, "member mine")
        Traceback (most recent call last):
        genrelens.errors.RecipeError: member mine: 'noise' is called 'ridge' now
    """
    require(isinstance(table, Mapping), f"{where} is a table")
    kinds = get_type_hints(type(default))
    known = {one.name: one for one in fields(default)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            now = FORMER_NAMES.get(key)
            if now in known:
                raise RecipeError(f"{where}: {key!r} is called {now!r} now")
            hint = nearest(key, known) if known else "; there are none"
            raise RecipeError(f"{where}: unknown key {key!r}{hint}")
        kind = kinds[key]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        fits = type(value) is kind if kind in (int, str, bool) else number
        require(fits, f"{where}: {key} = {value!r} is of the wrong kind")
        values[key] = value if kind in (int, str, bool) else float(value)
        _check_range(values[key], known[key].metadata, f"{where}: {key} = {value!r}")
    return replace(default, **values)


def _check_range(value: Any, allowed: Mapping[str, Any], where: str) -> None:
    above, least, below = (allowed.get(name) for name in ("above", "least", "below"))
    require(above is None or value > above, f"{where} must be above {above}")
    require(least is None or value >= least, f"{where} must be at least {least}")
    require(below is None or value < below, f"{where} must be below {below}")
    require(not isinstance(value, float) or math.isfinite(value), f"{where} must be finite")


def is_options_class(found: object) -> bool:
    """Whether it is a frozen dataclass that can be made without arguments.

    Example:
        >>> is_options_class(NoOptions), is_options_class(dict)
        (True, False)
    """
    if not (isinstance(found, type) and is_dataclass(found)):
        return False
    frozen = bool(getattr(found, "__dataclass_params__").frozen)  # noqa: B009
    try:
        found()
    except TypeError:
        return False
    return frozen


def nearest(key: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the known one that is like it, or all."""
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known))}"


def require_one_of(value: Any, known: tuple[str, ...], where: str) -> None:
    """Raises RecipeError where a value is none of these."""
    if value not in known:
        raise RecipeError(f"{where} is {value!r}{nearest(str(value), known)}")


def require(condition: bool, otherwise: str) -> None:
    """Raises RecipeError with that message where a condition fails."""
    if not condition:
        raise RecipeError(otherwise)
