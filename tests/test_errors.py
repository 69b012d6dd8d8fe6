"""Errors travel between processes as they are, whatever they take to be made."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
from collections.abc import Callable, Iterator
from inspect import signature

import pytest
from hypothesis import given
from hypothesis import strategies as st

import genrelens
from genrelens.errors import AudioError, GenreLensError

WAYS: list[Callable[[GenreLensError], GenreLensError]] = [
    copy.copy,
    copy.deepcopy,
    *(
        lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ),
]


def subclasses(kind: type[GenreLensError]) -> Iterator[type[GenreLensError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from subclasses(one)


def kinds() -> list[type[GenreLensError]]:
    """All of the package's, those included that live beside what raises them."""
    for module in pkgutil.walk_packages(genrelens.__path__, "genrelens."):
        try:
            importlib.import_module(module.name)
        except ImportError:  # an extra that is not installed
            continue
    return sorted(
        {kind for kind in subclasses(GenreLensError) if kind.__module__.startswith("genrelens.")},
        key=lambda kind: kind.__qualname__,
    )


def assert_same(there: GenreLensError, here: GenreLensError) -> None:
    assert type(there) is type(here)
    assert str(there) == str(here)
    assert there.args == here.args
    assert vars(there) == vars(here)
    assert getattr(there, "__notes__", None) == getattr(here, "__notes__", None)
    if isinstance(here, AudioError):
        assert isinstance(there, AudioError)
        assert (there.path, there.reason, there.kind) == (here.path, here.reason, here.kind)


PATHS = st.one_of(
    st.text(), st.binary(max_size=30), st.binary(max_size=30).map(lambda raw: raw + b"\xff.mp3")
)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
@given(path=PATHS, reason=st.text(), note=st.text())
def test_an_error_that_is_copied_or_pickled_is_the_same_error(
    kind: type[GenreLensError], path: str | bytes, reason: str, note: str
) -> None:
    made_from = [one for one in signature(kind.__init__).parameters if one not in ("self", "args", "kwargs")]
    error = kind(*(path if one == "path" else reason for one in made_from or ["text"]))
    error.add_note(note)
    for way in WAYS:
        assert_same(way(error), error)


class Demanding(AudioError):
    """A kind whose maker wants what its text does not hold."""

    def __init__(self, path: str, *, second: float, limit: tuple[int, ...]) -> None:
        self.second = second
        self.limit = limit
        super().__init__(path, f"stops at {second} s")


def test_a_kind_with_arguments_of_its_own_needs_nothing_of_its_own() -> None:
    error = Demanding("a.mp3", second=2.5, limit=(1, 2))
    for way in WAYS:
        there = way(error)
        assert_same(there, error)
        assert there.limit == (1, 2)  # type: ignore[attr-defined]
