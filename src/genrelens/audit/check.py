"""`check`: what is wrong with a collection, before a model is trained on it.

Conventions: a check gets lists that belong together, one entry a track: ids, paths, genres, artists. It
answers with `Finding`s, each of one severity:

- `leak`: what would make a measured accuracy too good: the same recording twice, an artist or a recording
  on both sides of a split, features that depend on the order of files, file formats that predict the genre;
- `error`: a track that cannot be used;
- `warning`: to be looked at: damaged sound, a doubtful label, level or bandwidth that predict the genre.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from genrelens.audit.batch_leak import batch_leak
from genrelens.audit.feature_tables import FeatureTable
from genrelens.audit.file_scan import Embed, ScannedFile, scan_files
from genrelens.audit.label_errors import find_label_errors
from genrelens.audit.repeats import Repeat, find_repeats
from genrelens.audit.source_confound import source_confound
from genrelens.evaluation.artists import artist_keys
from genrelens.evaluation.protocols import group_indices
from genrelens.evaluation.splits import SplitPlan

Severity = Literal["leak", "error", "warning"]

PROPERTY_KINDS: dict[str, tuple[str, ...]] = {
    "codec": ("codec", "sample_rate", "channels", "bit_rate"),
    "duration": ("duration_s",),
    "bandwidth": ("bandwidth_hz", "cliff_hz", "cliff_db"),
    "level": ("level_db", "peak_db", "offset"),
}
# these belong to the music, too: metal is loud, old blues ends early
MUSICAL_KINDS = ("bandwidth", "level")
FEWEST_FOR_STATISTICS = 40


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Args:
        check: `missing`, `unreadable`, `damaged`, `repeat`, `artist`, `order`, `chain` or `label`.
        severity: `leak`, `error` or `warning`.
        tracks: ids of the tracks concerned, the pair for a repeat; empty for a whole collection.
        summary: one sentence.
        evidence: the numbers behind it.
    """

    check: str
    severity: Severity
    tracks: tuple[str, ...]
    summary: str
    evidence: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"tracks": list(self.tracks)}


@dataclass(frozen=True)
class Collection:
    """The tracks to check; four lists of one length.

    Args:
        ids: unique.
        paths: of the files.
        genres: labels.
        artists: "" or None where unknown.
        missing: files that a table names and that are not there.
    """

    ids: Sequence[str]
    paths: Sequence[Path]
    genres: Sequence[str]
    artists: Sequence[str | None]
    missing: Sequence[str] = ()


def check_collection(
    collection: Collection,
    plan: SplitPlan | None = None,
    embed: Embed | None = None,
    tables: Sequence[FeatureTable] = (),
    jobs: int = 1,
    progress: Callable[[], None] = lambda: None,
) -> list[Finding]:
    """All checks on one collection, the most severe findings first.

    Args:
        collection: the tracks.
        plan: splits to check for artists and recordings on both sides.
        embed: from an excerpt to a vector; without it labels are not doubted.
        tables: stored features, checked for batch leaks.
        jobs: files decoded at the same time.
        progress: called after each file.
    """
    scanned = []
    for one in scan_files(collection.paths, embed, jobs):
        scanned.append(one)
        progress()
    findings = missing_files(collection) + unreadable_files(collection, scanned)
    repeats = repeated_recordings(collection, scanned)
    findings += [finding for _, finding in repeats]
    linked = [(repeat.first, repeat.second) for repeat, _ in repeats]
    if plan is not None:
        findings += split_overlaps(collection, plan, linked)
    groups = group_indices(collection.artists, linked)
    findings += source_confounds(collection, scanned, groups)
    embedded = [i for i, one in enumerate(scanned) if one.embedding is not None]
    if len(embedded) >= FEWEST_FOR_STATISTICS:
        vectors = np.stack([np.asarray(scanned[i].embedding) for i in embedded])
        genres = [collection.genres[i] for i in embedded]
        findings += batch_leaks("embeddings", vectors, genres)
        findings += label_errors([collection.ids[i] for i in embedded], vectors, genres, groups[embedded])
    for table in tables:
        findings += batch_leaks(table.name, table.features, table.genres)
    return most_severe_first(findings)


def most_severe_first(findings: Sequence[Finding]) -> list[Finding]:
    """Leaks, then errors, then warnings, otherwise in order."""
    rank = {"leak": 0, "error": 1, "warning": 2}
    return sorted(findings, key=lambda finding: rank[finding.severity])


def missing_files(collection: Collection) -> list[Finding]:
    """Files that a table names and that are not there."""
    return [
        Finding("missing", "error", (), f"{name} is named in the table but is not there", {"path": name})
        for name in collection.missing
    ]


def unreadable_files(collection: Collection, scanned: Sequence[ScannedFile]) -> list[Finding]:
    """Files that cannot be decoded, and those that are damaged."""
    findings = []
    for track, one in zip(collection.ids, scanned, strict=True):
        if one.problem is not None:
            findings.append(Finding("unreadable", "error", (track,), one.problem, {"path": str(one.path)}))
        findings += [
            Finding("damaged", "warning", (track,), warning, {"path": str(one.path)})
            for warning in one.warnings
        ]
    return findings


def repeated_recordings(
    collection: Collection, scanned: Sequence[ScannedFile]
) -> list[tuple[Repeat, Finding]]:
    """Recordings that are there twice."""
    audible = [(i, one.print) for i, one in enumerate(scanned) if one.print is not None]
    place = [i for i, _ in audible]
    pairs = [
        Repeat(**(asdict(found) | {"first": place[found.first], "second": place[found.second]}))
        for found in find_repeats([mark for _, mark in audible])
    ]
    pairs += _equal_files(scanned, {(pair.first, pair.second) for pair in pairs})
    return [(pair, _repeat_finding(collection, scanned, pair)) for pair in pairs]


def _equal_files(scanned: Sequence[ScannedFile], known: set[tuple[int, int]]) -> list[Repeat]:
    """Files of the same bytes that have too little in them for a fingerprint."""
    first_with: dict[str, int] = {}
    pairs = []
    for second, one in enumerate(scanned):
        first = first_with.setdefault(one.digest, second) if one.digest else second
        if first != second and (first, second) not in known:
            length = one.properties.duration_s if one.properties else 0.0
            pairs.append(Repeat(first, second, 0.0, 1.0, length, 0, 1.0, 1.0, 0.0))
    return pairs


def _repeat_finding(collection: Collection, scanned: Sequence[ScannedFile], pair: Repeat) -> Finding:
    ids, genres = (
        [values[i] for i in (pair.first, pair.second)] for values in (collection.ids, collection.genres)
    )
    same_bytes = scanned[pair.first].digest == scanned[pair.second].digest
    text = f"{ids[0]} and {ids[1]} are {_likeness(pair, same_bytes)}"
    if genres[0] != genres[1]:
        text += f", filed as {genres[0]} and as {genres[1]}"
    evidence = {key: value for key, value in asdict(pair).items() if key not in ("first", "second")}
    evidence |= {"same_bytes": same_bytes, "same_genre": genres[0] == genres[1]}
    return Finding("repeat", "leak", (ids[0], ids[1]), text, evidence)


def _likeness(repeat: Repeat, same_bytes: bool) -> str:
    if same_bytes:
        return "the same file"
    details = []
    if abs(repeat.speed - 1) >= 0.004:
        details.append(f"the second {abs(repeat.speed - 1):.1%} {'faster' if repeat.speed > 1 else 'slower'}")
    if abs(repeat.shift_s) >= 0.15:
        details.append(f"shifted by {repeat.shift_s:+.1f} s")
    if abs(repeat.gain_db) >= 1:
        details.append(
            f"the second {abs(repeat.gain_db):.0f} dB {'louder' if repeat.gain_db > 0 else 'softer'}"
        )
    return (
        "the same recording"
        + "".join(f", {detail}" for detail in details)
        + f" ({repeat.overlap_s:.0f} s in common)"
    )


def split_overlaps(
    collection: Collection, plan: SplitPlan, linked: Sequence[tuple[int, int]]
) -> list[Finding]:
    """Artists, and recordings that are there twice, on both sides of a split."""
    keys = [artist_keys(artist) for artist in collection.artists]
    nameless = sum(not key for key in keys)
    findings = []
    if nameless:
        text = (
            f"artist known for {len(keys) - nameless} of {len(keys)} tracks: whether an artist is on both "
            "sides of a split cannot be checked for the others"
        )
        findings.append(Finding("artist", "warning", (), text, {"known": len(keys) - nameless}))
    for split in plan.splits:
        fitted, tested = np.union1d(split.train, split.valid).tolist(), split.test.tolist()
        trained = frozenset().union(*(keys[i] for i in fitted))
        both = [i for i in tested if keys[i] & trained]
        if both:
            names = list(dict.fromkeys(str(collection.artists[i]) for i in both))
            shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            findings.append(
                Finding(
                    "artist",
                    "leak",
                    tuple(collection.ids[i] for i in both),
                    f"{split.name}: {len(both)} of {len(tested)} test tracks are by artists that it "
                    f"trains on: {shown}",
                    {"split": split.name, "artists": names},
                )
            )
        sides = set(fitted), set(tested)
        for a, b in linked:
            if (a in sides[0] and b in sides[1]) or (b in sides[0] and a in sides[1]):
                pair = (collection.ids[a], collection.ids[b])
                text = f"{split.name}: {pair[0]} and {pair[1]}, the same recording, are on both sides"
                findings.append(Finding("repeat", "leak", pair, text, {"split": split.name}))
    return findings


def source_confounds(
    collection: Collection, scanned: Sequence[ScannedFile], groups: np.ndarray[Any, Any]
) -> list[Finding]:
    """Whether bandwidth, level, codec or duration alone predict the genre."""
    known = [i for i, one in enumerate(scanned) if one.properties is not None]
    if len(known) < FEWEST_FOR_STATISTICS:
        return []
    genres = [collection.genres[i] for i in known]
    findings = []
    for kind, names in PROPERTY_KINDS.items():
        properties = {name: np.array([getattr(scanned[i].properties, name) for i in known]) for name in names}
        confound = source_confound(kind, properties, genres, groups[known])
        if confound is not None and confound.found:
            text = (
                f"{kind} alone predicts the genre in {confound.accuracy:.0%} of cases "
                f"({confound.low:.0%} to {confound.high:.0%}; chance is {confound.chance:.0%}), "
                f"best {confound.best_genre}"
            )
            severity: Severity = "warning" if kind in MUSICAL_KINDS else "leak"
            findings.append(Finding("chain", severity, (), text, confound.to_dict()))
    return findings


def batch_leaks(name: str, features: np.ndarray[Any, Any], genres: Sequence[str]) -> list[Finding]:
    """Whether features depend on the order of files."""
    leak = batch_leak(features, genres)
    if leak is None or not leak.found:
        return []
    text = (
        f"{name} depend on the order of files: at multiples of {leak.batch} a linear model separates the "
        f"sides in {leak.accuracy:.0%} of cases, elsewhere in {leak.control:.0%} (p = {leak.p_value:.4f}); "
        f"they were computed in batches of {leak.batch}, whose clips influence one another"
    )
    return [Finding("order", "leak", (), text, asdict(leak) | {"features": name})]


def label_errors(
    ids: Sequence[str], features: np.ndarray[Any, Any], genres: Sequence[str], groups: np.ndarray[Any, Any]
) -> list[Finding]:
    """Tracks that sound like another genre."""
    return [
        Finding(
            "label",
            "warning",
            (ids[error.track],),
            f"{ids[error.track]} is filed as {error.label} but sounds like {error.other_genre}",
            {
                "label": error.label,
                "heard": error.other_genre,
                "label_probability": round(error.label_probability, 3),
                "heard_probability": round(error.other_probability, 3),
            },
        )
        for error in find_label_errors(features, genres, groups)
    ]
