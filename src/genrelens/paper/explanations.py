"""What the difference from the paper's numbers may come from, in sentences with figures of the run itself."""

from __future__ import annotations

from genrelens.paper.comparable import other_task
from genrelens.paper.report.words import apart
from genrelens.paper.tables import RANDOM, Results, Row, drops, optimism, table_1

GTZAN_TRACKS = 1000


def explanations(results: Results) -> list[str]:
    """Sentences, each about one possible cause of a difference from the paper's numbers.

    Empty without random splits, and where the paper's numbers are not comparable.
    """
    if RANDOM not in results["protocols"] or other_task(results):
        return []
    rows = [row for row in table_1(results) if RANDOM in row]
    causes = (_tracks(results), _epochs(results), _best_epoch(rows, results), _artists(results))
    return [_how_far(rows), *(cause for cause in causes if cause)]


def _how_far(rows: list[Row]) -> str:
    inside = sum(row["within"] for row in rows)
    distance = sum(row["difference"] for row in rows) / len(rows)
    return (
        f"{inside} of {len(rows)} printed numbers lie inside our interval under random splits; on average "
        f"ours are {abs(distance):.1f} points {'below' if distance < 0 else 'above'} them."
    )


def _tracks(results: Results) -> str:
    count, genres = results["data"]["tracks"], results["data"]["genres"]
    if count >= 0.95 * GTZAN_TRACKS:
        return ""
    thin, few = min(genres.items(), key=lambda one: one[1])
    return (
        f"Tracks: {count} here, {GTZAN_TRACKS} in GTZAN; the thinnest genre, {thin}, has {few} where "
        "GTZAN has 100. With fewer tracks of the same albums on both sides of a random split there is less "
        "to remember."
    )


def _epochs(results: Results) -> str:
    curves = [cell["curve"] for cell in results["protocols"][RANDOM]["cells"].values()]
    curves = [curve for curve in curves if len(curve) >= 4]
    if not curves:
        return ""
    rise = 100 * sum(curve[-1] - curve[-1 - len(curve) // 4] for curve in curves) / len(curves)
    return (
        f"Epochs: {len(curves[0])} here, not given in the paper; over the last quarter of them accuracy "
        f"under random splits changed by {rise:+.1f} points."
    )


def _best_epoch(rows: list[Row], results: Results) -> str:
    gained = optimism(results)[RANDOM]
    reached = sum(row["printed"] <= max(row[f"{RANDOM}_optimistic"], row[f"{RANDOM}_high"]) for row in rows)
    return (
        f"The best epoch, chosen on the tested tracks themselves, adds {gained:.1f} points; with it or "
        f"inside the interval {reached} of {len(rows)} printed numbers are reached."
    )


def _artists(results: Results) -> str:
    fallen = drops(results)
    kept = apart(results)
    if not fallen or kept is None or not results["protocols"][kept].get("artists", {"known": 1})["known"]:
        return ""
    mean = sum(row["fall"] for row in fallen) / len(fallen)
    most = f"most {fallen[0]['cell']} ({fallen[0]['random']} to {fallen[0]['apart']})"
    if mean <= 0:
        return f"Artists: kept apart, models gain {-mean:.1f} points on average; of those that lose, {most}."
    return (
        f"Artists: kept apart, models lose {mean:.1f} points on average, {most}: so much of a random split's "
        "number is knowing the artist, the album or the recording."
    )
