"""Typed values from JSON: each reader takes any JSON value and returns one of its own type, or raises.

Messages never quote more than a few characters of what was read, and none that control a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from genrelens.bundle.strict_json import plain

Value = TypeVar("Value")


def cut(value: Any) -> str:
    """A value in a message: short, and without characters that control a terminal."""
    return ascii(value if not isinstance(value, str) else value[:40])[:60]


def short_text(value: Any) -> str:
    """One line of up to 200 characters, none of them hidden."""
    if not isinstance(value, str) or not 0 < len(value) <= 200 or value != value.strip() or not plain(value):
        raise TypeError(f"{cut(value)} is no short text")
    return value


def at(document: Mapping[str, Any], key: str, read: Callable[[Any], Value], *default: Any) -> Value:
    """The value of a key; an error message about it begins with the key."""
    value = document.get(key, *default) if default else document[key]
    try:
        return read(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{key}: {error}") from error


def list_of(read: Callable[[Any], Value], most: int) -> Callable[[Any], tuple[Value, ...]]:
    """A reader of lists with up to that many values."""

    def checked(values: Any) -> tuple[Value, ...]:
        if not isinstance(values, list):
            kind = "texts" if read is short_text else "values"
            raise TypeError(f"a list of {kind} was expected, {cut(values)} is none")
        if len(values) > most:
            raise ValueError(f"a list holds {len(values)} values, {most} are possible")
        return tuple(read(value) for value in values)

    return checked


def within(low: float, high: float) -> Callable[[Any], float]:
    """A reader of numbers, bounds included."""

    def checked(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{cut(value)} is no number")
        if not low <= value <= high:
            raise ValueError(f"{cut(value)} is not within {low:g} and {high:g}")
        return float(value)

    return checked


def mapping(value: Any) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise TypeError(f"an object was expected, {cut(value)} is none")
    return value


def or_none(read: Callable[[Any], Value]) -> Callable[[Any], Value | None]:
    """A reader that takes null as well."""
    return lambda value: None if value is None else read(value)
