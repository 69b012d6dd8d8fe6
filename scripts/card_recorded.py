"""The model card's tables of what is refused and what gets a genre: recorded sounds first, then synthesised."""

from __future__ import annotations

from typing import Any

from card_tables import table

ROLES = {"trained on": "songs trained on", "other music": "further music", "no music": "no music"}


def recorded(found: dict[str, Any]) -> list[str]:
    """Tables of `robustness.json`'s part `recorded`."""
    measured = found["recorded"]
    rows = measured["kinds"]
    detectors = list(rows[0]["by_detector"])
    lines = [
        "By members and detectors that have seen neither the artist nor the source; thresholds are set within each "
        "fold's training part. A recording is refused by a detector, or else `unsure` below the threshold of "
        "confidence, or else given a genre. In brackets 95 % intervals (Wilson).",
        "",
    ]
    if not any(one["role"] == "no music" for one in rows):
        lines += [
            "It was trained on songs alone, without other recorded sounds; their rates were not measured.",
            "",
        ]
    lines += table(
        ("", "", "n", "refused", *(f"by `{one}`" for one in detectors), "unsure", "given a genre", "which"),
        (
            (
                ROLES[one["role"]],
                f"{one['collection']}: {one['kind']}" if one["kind"] != one["collection"] else one["kind"],
                one["sounds"],
                _proportion(one["refused"], one["sounds"], one["refused_interval"]),
                *(one["by_detector"][name] for name in detectors),
                one.get("unsure", ""),
                _proportion(one["given_a_genre"], one["sounds"], one["given_interval"])
                if "given_a_genre" in one
                else "",
                ""
                if one["role"] == "trained on"
                else ", ".join(f"{k} {n}" for k, n in one["called"].items()),
            )
            for one in rows
        ),
    )
    lengths = measured.get("lengths")
    if not lengths:
        return lines
    names = list(lengths[0]["refused"])
    lines += ["", "Refused when only a part is given; 5 s are no length that detectors are trained on:", ""]
    lines += table(
        ("", "n", *names),
        (
            (
                f"{ROLES[one['role']]}: {one['collection']}",
                one["sounds"],
                *(
                    _proportion(
                        one["refused"][name]["count"], one["sounds"], one["refused"][name]["interval"]
                    )
                    for name in names
                ),
            )
            for one in lengths
        ),
    )
    if measured["trade_off"]:
        lines += [
            "",
            "What other thresholds would give, `rejected` by detector; the recipe's own is in the middle:",
            "",
        ]
        lines += table(
            (
                "rejected",
                "songs trained on refused",
                "further music refused",
                "no music not refused",
                "of it given a genre",
            ),
            (
                (
                    ", ".join(f"{name} {value:.2%}" for name, value in one["rejected"].items()),
                    _of(one["own_refused"], one["own_music"]),
                    _of(one["other_refused"], one["other_music"]),
                    _of(one["passed"], one["no_music"]),
                    _of(one["given_a_genre"], one["no_music"]),
                )
                for one in measured["trade_off"]
            ),
        )
    return lines


def synthesised(found: dict[str, Any]) -> list[str]:
    """Of every source of further sounds, how many were `unsure`, by kind."""
    lines = [
        "`made` with seeds that no detector was trained on; `held-out-sounds` by other formulas. Further folders are "
        "recorded sounds that detectors were not trained on; `refused` by a detector, the rest was below the threshold.",
        "",
    ]
    rows = found["foreign"]
    for source in dict.fromkeys(one["source"] for one in rows):
        here = [one for one in rows if one["source"] == source]
        total, unsure = sum(one["sounds"] for one in here), sum(one["unsure"] for one in here)
        refused = sum(one["refused"] for one in here)
        kinds = ", ".join(f"{one['kind']} {one['unsure']}/{one['sounds']}" for one in here)
        named: dict[str, int] = {}
        for one in here:
            for genre, count in one["called"].items():
                named[genre] = named.get(genre, 0) + count
        called = ", ".join(f"{genre} {count}" for genre, count in sorted(named.items(), key=lambda g: -g[1]))
        lines += [
            f"- {source}: `unsure` {unsure} of {total} ({unsure / total:.1%}), {refused} of them refused: {kinds}. "
            + (f"The others were called {called}." if called else "None was given a genre.")
        ]
    return lines


def _proportion(count: int, of: int, interval: list[float]) -> str:
    return f"{count} ({count / of:.1%}; {100 * interval[0]:.1f}–{100 * interval[1]:.1f})"


def _of(count: int, of: int) -> str:
    return f"{count} of {of} ({count / max(of, 1):.1%})"
