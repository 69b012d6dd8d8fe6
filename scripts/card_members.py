"""What each member adds to a bundle, in docs/model-card.md; all else of the card stays as it is.

For bundles that were trained and measured for this table alone, with fewer seeds or without recorded sounds, from
which only detectors learn:

genrelens bench robustness default.bundle gtzan wild --only members --seeds 3
python scripts/card_members.py default.bundle
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

from card_tables import PARTS, interval, table

from genrelens.bundle import Manifest, read_bundle

CARD = Path(__file__).resolve().parents[1] / "docs" / "model-card.md"
MEMBERS = "### What each member adds to `{}`"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundles", type=Path, nargs="+", help="each with its run folder beside it")
    parser.add_argument("--card", type=Path, default=CARD)
    arguments = parser.parse_args()
    card = arguments.card.read_text("utf-8")
    for path in arguments.bundles:
        bundle = read_bundle(path)
        found = json.loads((path.with_name(f"{path.name}.run") / "robustness.json").read_text("utf-8"))
        heading = MEMBERS.format(bundle.manifest.name)
        before, there, rest = card.partition(f"\n{heading}\n")
        if not there:
            sys.exit(f"the card has no part {heading!r}")
        after = re.search(r"\n#", rest)
        lines = [measured_for_this(found), "", *members(found, bundle.manifest)]
        card = f"{before}{there}\n" + "\n".join(lines) + "\n" + (rest[after.start() :] if after else "")
    arguments.card.write_text(card, "utf-8")


def measured_for_this(found: dict[str, Any]) -> str:
    processor = found["machine"].get("processor", "an unknown processor")
    return (
        f"Measured on {date.fromisoformat(found['date'][:10])} for this table alone, on {processor}: a bundle trained by the "
        "same recipe on the same data, without the recorded sounds, from which only detectors learn."
    )


def members(found: dict[str, Any], manifest: Manifest) -> list[str]:
    """The table, from what `genrelens bench robustness` wrote."""
    inputs = {one.name: ", ".join(one.inputs) for one in manifest.members}
    rows_found = found["contributions"]
    parts = [part for part in rows_found[0]["parts"] if part != "all" and "excerpts" not in part] + ["all"]
    names = {"member": "{}", "vote": "{} vote", "without": "soft vote without {}"}
    rows = (
        (
            names[one["kind"]].format(one["name"]),
            inputs.get(one["name"], "") if one["kind"] == "member" else "",
            *(
                f"{interval(one['parts'][part]['accuracy'])} ± {100 * one['parts'][part]['accuracy_spread']:.1f}; "
                f"{100 * one['parts'][part]['balanced']['value']:.1f}%"
                for part in parts
            ),
            f"{one['parts']['all']['log_loss']['value']:.3f}",
        )
        for one in rows_found
    )
    seeds = rows_found[0]["seeds"]
    explained = [
        f"Accuracy: mean over {seeds} seed{'s' if seeds > 1 else ''} of folds with its interval, ± standard deviation over seeds in points; "
        "then balanced accuracy. Log loss: of all, after the temperature that suits the row's classifier. The stacked vote "
        "is fitted on splits inside each training part.",
        "",
    ]
    return explained + table(("", "inputs", *(PARTS.get(part, part) for part in parts), "log loss"), rows)


if __name__ == "__main__":
    main()
