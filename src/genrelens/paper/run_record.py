"""The record of a run, small enough to be kept with a document that quotes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RECORDED = (
    "schema", "command", "date", "version", "versions", "libraries", "commit", "machine", "data", "other",
    "recipe", "recipe_digest", "bundle", "transfer", "seed", "inner_folds", "seconds", "training_seconds",
)  # fmt: skip
OF_CELL = (
    "paper", "accuracy", "deviation", "balanced_accuracy", "interval_tracks", "interval_artists",
    "optimistic", "best_epoch", "chosen_epoch", "curve", "loss", "seconds",
)  # fmt: skip
OF_RULE = ("mean", "deviation", "interval_tracks", "interval_artists")


def run_record(results: Mapping[str, Any]) -> dict[str, Any]:
    """What was run, on what, with what, how long, and every cell's numbers and curves.

    Args:
        results: of `reproduce`.

    Returns:
        plain values; pictures, confusion matrices and single tracks are left out.
    """
    compared = results.get("comparison")
    return {key: results[key] for key in RECORDED} | {
        "protocols": {
            name: {
                "splits": protocol["splits"],
                "notes": protocol["notes"],
                "artists": protocol["artists"],
                "cells": {
                    cell: {key: _short(values[key]) for key in OF_CELL}
                    for cell, values in protocol["cells"].items()
                },
                "ensembles": {
                    column: {
                        rule: {key: _short(summary[key]) for key in OF_RULE}
                        for rule, summary in ensemble["rules"].items()
                    }
                    for column, ensemble in protocol["ensembles"].items()
                },
            }
            for name, protocol in results["protocols"].items()
        },
        **({"comparison": _short(compared)} if compared else {}),
    }


def _short(value: Any) -> Any:
    """Numbers with four decimals, wherever they stand."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, list):
        return [_short(one) for one in value]
    if isinstance(value, dict):
        return {key: _short(one) for key, one in value.items()}
    return value
