"""Where a number comes from: the head of every record, the same keys whatever command wrote it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from genrelens import __version__

LIBRARIES = ("numpy", "torch", "onnxruntime", "scikit-learn", "scipy", "soxr", "soundfile", "av", "ducc0")


def record_head(
    command: Sequence[str] | None = None,
    data: Mapping[str, Any] | None = None,
    seed: int | None = None,
    recipe: Mapping[str, Any] | None = None,
    recipe_digest: str | None = None,
    bundle: str | None = None,
) -> dict[str, Any]:
    """The first part of every record: which command, when, with what, on what data.

    Args:
        command: the words of the command line; by default those of this process.
        data: the summary of the data set, with its name, counts and the hash of the list of tracks.
        seed: of splits and trainings; None where nothing is drawn.
        recipe: what was trained, as plain values; None where nothing was.
        recipe_digest: its hash.
        bundle: name and checksum of the bundle that predicted; None where none did.

    Returns:
        plain values for JSON; the same keys for every command.

    Example:
        >>> sorted(record_head(["genrelens", "check", "music"]))
        ['bundle', 'command', 'commit', 'data', 'date', 'machine', 'recipe', 'recipe_digest', 'seed',
         'version', 'versions']
    """
    return {
        "command": list(command) if command is not None else ["genrelens", *sys.argv[1:]],
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": __version__,
        "commit": source_commit(),
        "versions": versions(),
        "machine": machine(),
        "seed": seed,
        "recipe": None if recipe is None else dict(recipe),
        "recipe_digest": recipe_digest,
        "bundle": bundle,
        "data": None if data is None else dict(data),
    }


def versions() -> dict[str, str]:
    """Versions of Python, genrelens and the libraries that numbers depend on.

    Example:
        >>> sorted(versions())[:2]
        ['av', 'ducc0']
    """
    found = {"python": platform.python_version(), "genrelens": __version__}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def source_commit() -> str | None:
    """The commit of the checkout that this code runs from; None where it is installed otherwise.

    Example:
        >>> commit = source_commit()
        >>> commit is None or len(commit.removesuffix("+changes")) == 40
        True
    """
    here = Path(__file__).resolve().parent

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(here), *words], capture_output=True, text=True, timeout=10, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    if git("ls-files", "--error-unmatch", Path(__file__).name) is None:
        return None
    commit = git("rev-parse", "HEAD")
    if not commit:
        return None
    return f"{commit}+changes" if git("status", "--porcelain", "--untracked-files=no", "--", ".") else commit


def machine() -> dict[str, Any]:
    """The processor, its cores, the GPU where PyTorch was loaded and finds one, and the system.

    Example:
        >>> sorted(machine())
        ['cores', 'gpu', 'processor', 'system']
    """
    model = platform.processor()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    torch = sys.modules.get("torch")
    gpu = torch.cuda.get_device_name() if torch is not None and torch.cuda.is_available() else None
    return {"processor": model, "cores": os.cpu_count(), "gpu": gpu, "system": platform.platform()}
