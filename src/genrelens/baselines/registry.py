"""Systems by name: those of `baselines.systems`, and those of other packages (`genrelens.baselines`)."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from genrelens import plugins
from genrelens.baselines import systems
from genrelens.baselines.baseline import Baseline
from genrelens.errors import RecipeError
from genrelens.extras import TRAINING, require

NEEDED = TRAINING
"""What every system needs: splits are kept as those of networks are."""


def baseline_names() -> tuple[str, ...]:
    """Our own in alphabetical order, then those of other packages.

    Example:
        >>> "averaged_svm" in baseline_names()
        True
    """
    return plugins.all_names(_own_names(), plugins.BASELINES)


def find_baseline(name: str) -> Baseline | None:
    """The system of that name, or None where there is none.

    Raises:
        PluginError: another package's system cannot be loaded.
        MissingExtra: a library that it needs is not installed.
    """
    if name not in _own_names():
        found = plugins.plugin(plugins.BASELINES, name, Baseline)
    else:
        require(*NEEDED)
        found = getattr(import_module(f"{systems.__name__}.{name}"), name)
    if found is not None:
        require(*NEEDED, *found.libraries)
    return found


def load_baseline(name: str) -> Baseline:
    """The system of that name.

    Raises:
        RecipeError: there is none.

    Example:
        >>> load_baseline("averaged_svm").inputs
        ('averaged',)
    """
    found = find_baseline(name)
    if found is None:
        raise RecipeError(f"there is no system {name!r}; there are {', '.join(baseline_names())}")
    return found


def _own_names() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules(systems.__path__)))
