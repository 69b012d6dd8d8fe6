"""What the model card keeps of its earlier self: parts that were not measured again."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from card_recorded import recorded, synthesised

from genrelens.bundle import Bundle, read_bundle


@dataclass(frozen=True)
class Refitted:
    """A bundle whose detectors were fitted anew, and what was measured of them."""

    path: Path

    @cached_property
    def bundle(self) -> Bundle:
        return read_bundle(self.path)

    @property
    def name(self) -> str:
        return self.bundle.manifest.name

    @cached_property
    def found(self) -> dict[str, Any]:
        results = dict(json.loads(self.path.with_suffix(".rates.json").read_text("utf-8")))
        if results["bundle"] != self.bundle.identity:
            sys.exit(f"{self.path} was measured of {results['bundle']}; run scripts/refit_detectors.py again")
        return results


REFITTED = (
    "The detectors of this bundle were fitted anew by `scripts/refit_detectors.py`, which measured the table of what is "
    "refused. All else here was measured before, of the same members; the columns `answered` and `refused by a detector` "
    "belong to the detectors of then."
)
SYNTHESISED = "### Synthesised and further sounds, by the finished `{}`"
REFUSES = "### What `{}` refuses, and what gets a genre"


def kept_section(one: Refitted, earlier: str) -> list[str]:
    """The earlier part of the card about a bundle, with what its new detectors refuse."""
    _, _, rest = earlier.partition(f"\n## `{one.name}`\n")
    body = rest.partition("\n## ")[0].strip().removeprefix(REFITTED).strip()
    parts = [part for part in f"\n{body}".split("\n### ") if part.strip()]
    parts = [part for part in parts if not part.startswith(("What `" + one.name + "` ", "Synthesised and"))]
    detectors = "; ".join(f"{guard.name}: {guard.reason}" for guard in one.bundle.manifest.detectors)
    kept = [
        re.sub(
            r"- (Guards|Out-of-distribution detectors) that make it `unsure`.*",
            f"- Out-of-distribution detectors that make it `unsure` whatever the members predict: {detectors}.",
            part,
        )
        for part in parts
    ]
    lines = [f"## `{one.name}`", "", REFITTED, "", kept[0].strip(), ""]
    lines += [REFUSES.format(one.name), "", *recorded(one.found), ""]
    lines += [SYNTHESISED.format(one.name), "", *synthesised(one.found), ""]
    for part in kept[1:]:
        lines += [f"### {part.strip()}", ""]
    return lines


CARRIED = "Measured earlier, of a bundle trained by the same recipe on the same data, with the detectors of that day."


def carried(earlier: str, heading: str) -> list[str]:
    """A part that was not measured again, as it stands in the card."""
    _, _, rest = earlier.partition(f"\n{heading}\n")
    if not rest:
        sys.exit(f"the card has no part {heading!r} to keep; measure it: genrelens bench robustness")
    kept = rest.partition("\n#")[0].strip().removeprefix(CARRIED).strip().splitlines()
    record = next((number for number, line in enumerate(kept) if line.startswith("Record: ")), len(kept))
    return [CARRIED, "", *"\n".join(kept[:record]).rstrip().splitlines()]
