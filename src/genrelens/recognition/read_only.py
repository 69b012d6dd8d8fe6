"""A dictionary that cannot be changed, so that objects that hold it can be hashed and shared."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class ReadOnlyDict(dict[Key, Value]):
    """A `dict` that cannot be changed; it is equal to any dict of the same content, and hashable.

    `types.MappingProxyType` can be neither pickled nor hashed nor written as JSON.

    Example:
        >>> scores = ReadOnlyDict({"jazz": 0.9, "blues": 0.1})
        >>> scores["jazz"], scores == {"blues": 0.1, "jazz": 0.9}, dict(scores)
        (0.9, True, {'jazz': 0.9, 'blues': 0.1})
        >>> scores["jazz"] = 1.0
        Traceback (most recent call last):
        ...
        TypeError: this dict cannot be changed; dict(it) is a copy that can
    """

    def _refuse(self, *arguments: Any, **keywords: Any) -> NoReturn:
        raise TypeError("this dict cannot be changed; dict(it) is a copy that can")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)

    def __deepcopy__(self, known: dict[int, Any]) -> ReadOnlyDict[Key, Value]:
        return self
