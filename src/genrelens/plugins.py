"""What other packages add to this one: entry points, looked up by name and loaded when they are first used.

| group | an entry is | see |
|---|---|---|
| `genrelens.features` | a `features.registry.Feature` | docs/extending.md |
| `genrelens.encoders` | an `encoders.spec.EncoderSpec` | docs/extending.md |
| `genrelens.heads` | a `heads.kinds.HeadKind` | docs/extending.md |
| `genrelens.baselines` | a `baselines.baseline.Baseline` | docs/extending.md |
| `genrelens.protocols` | an `evaluation.protocols.Protocol` | docs/extending.md |
| `genrelens.sinks` | a `catalogue.SinkKind` | docs/extending.md |

A name of the package itself always means the package's own. Only what is installed is ever loaded: a bundle
or a recipe can name an entry, but bring none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from genrelens.errors import PluginError

FEATURES, ENCODERS, HEADS = "genrelens.features", "genrelens.encoders", "genrelens.heads"
PROTOCOLS, SINKS, BASELINES = "genrelens.protocols", "genrelens.sinks", "genrelens.baselines"

T = TypeVar("T")


def plugin_names(group: str) -> tuple[str, ...]:
    """Names of what is installed in a group, in alphabetical order.

    Example:
        >>> plugin_names("genrelens.nothing")
        ()
    """
    return tuple(sorted(_entries(group)))


def plugin(group: str, name: str, kind: type[T]) -> T | None:
    """What another package gives under that name, or None where nothing is installed.

    Raises:
        PluginError: it cannot be loaded, is of another kind, or calls itself otherwise.

    Example:
        >>> plugin("genrelens.features", "no such feature", object) is None
        True
    """
    entry = _entries(group).get(name)
    if entry is None:
        return None
    package = entry.dist.name if entry.dist else entry.module
    try:
        found = entry.load()
    except Exception as error:  # any error that another package's module can raise while it is imported
        raise PluginError(
            f"{name!r} of the package {package} cannot be loaded ({type(error).__name__}: {error}); "
            "update or uninstall that package"
        ) from error
    if not isinstance(found, kind) or getattr(found, "name", name) != name:
        raise PluginError(
            f"{name!r} of the package {package} is not a {kind.__name__} of that name; "
            f"its entry point in {group} must name one"
        )
    return found


def find(own: Mapping[str, T], group: str, name: str, kind: type[T]) -> T | None:
    """The package's own entry of that name, else another package's, or None where there is neither.

    Other packages are looked for only where the name is not our own, which costs some 20 ms a process.

    Raises:
        PluginError: as `plugin`.

    Example:
        >>> find({"one": 1}, "genrelens.nothing", "one", int), find({}, "genrelens.nothing", "two", int)
        (1, None)
    """
    return own[name] if name in own else plugin(group, name, kind)


def all_names(own: Iterable[str], group: str) -> tuple[str, ...]:
    """The package's own names, then those of other packages.

    Example:
        >>> all_names(["one"], "genrelens.nothing")
        ('one',)
    """
    known = tuple(own)
    return (*known, *(name for name in plugin_names(group) if name not in known))


@cache
def _entries(group: str) -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=group):
        found.setdefault(entry.name, entry)
    return found
