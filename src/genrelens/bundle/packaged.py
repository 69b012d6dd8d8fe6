"""The bundles that come with the package, and which file a name or a path means."""

from __future__ import annotations

import os
from pathlib import Path

from genrelens.errors import BundleError, shown

FOLDER = Path(__file__).with_name("data")
MODEL_VARIABLE = "GENRELENS_MODEL"
DEFAULT = "default"


def bundle_names() -> list[str]:
    """The names of the bundles inside the package, `default` first."""
    names = sorted(path.stem for path in FOLDER.glob("*.bundle"))
    return sorted(names, key=lambda name: name != DEFAULT)


def find_bundle(model: str | os.PathLike[str] | None = None) -> Path:
    """The file that `--model` means.

    Args:
        model: the name of a bundle in the package, or the path of a bundle file; None takes the
            environment variable GENRELENS_MODEL, or else `default`.

    Raises:
        BundleError: neither a known name nor a file.

    Example:
        >>> find_bundle("no such")
        Traceback (most recent call last):
        genrelens.errors.BundleError: no bundle is called 'no such' ...
    """
    wanted = os.fspath(model) if model is not None else os.environ.get(MODEL_VARIABLE) or DEFAULT
    if wanted in bundle_names():
        return FOLDER / f"{wanted}.bundle"
    if Path(wanted).exists():
        return Path(wanted)
    names = ", ".join(bundle_names())
    raise BundleError(
        f"no bundle is called {shown(wanted)!r} and no file lies there; the package has {names or 'none'}, "
        "or give the path of a .bundle file"
    )
