"""Measures how far the nine features lie from librosa's and writes the table of docs/features.md.

    python scripts/features_table.py ../shared/gtzan/audio            measure, write the record and the table
    python scripts/features_table.py --from-record                    only the table, from the record

The record is docs/features_table.json; the table stands in docs/features.md between two comment lines.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import soundfile
import soxr

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "oracles"))

import features_oracle as oracle  # noqa: E402

from genrelens.features import FEATURES, SAMPLE_RATE, Analysis, compute_features  # noqa: E402
from genrelens.features.chroma import quantized_proportions  # noqa: E402

RECORD = ROOT / "docs" / "features_table.json"
PAGE = ROOT / "docs" / "features.md"
BEGIN, END = "<!-- table of deviations: begin -->", "<!-- table of deviations: end -->"


def read(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    return mono if rate == SAMPLE_RATE else soxr.resample(mono, rate, SAMPLE_RATE, "HQ")


def deviations(samples: np.ndarray) -> dict[str, float]:
    theirs = oracle.reference(samples)
    analysis = Analysis(samples)
    ours = compute_features(analysis)
    found = {name: oracle.deviation(name, rows, theirs[name]) for name, rows in ours.items()}
    found["flipped"] = float((quantized_proportions(analysis.chroma_energy) != theirs["quantized"]).mean())
    return {name: float(f"{value:.2e}") for name, value in found.items()}


def fastest_ms(call: Callable[[], object], repeats: int = 15) -> float:
    call()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return 1000 * min(seconds)


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def measured(folder: Path, every: int) -> dict[str, object]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())[::every]
    if not paths:
        sys.exit(f"{folder} holds no files; name a folder of recordings")
    sounds: dict[str, dict[str, float]] = {}
    for done, path in enumerate(paths, 1):
        sounds[path.stem] = deviations(read(path))
        print(f"\r{done} of {len(paths)}", end="", file=sys.stderr)
    made = {
        f"synthetic {seed}": oracle.synthetic_music(30.0, seed, semitones_off)
        for seed, semitones_off in enumerate([-0.4, -0.17, 0.0, 0.08, 0.25, 0.5])
    }
    sample = read(paths[len(paths) // 2])[: 30 * SAMPLE_RATE]
    return {
        "command": "python scripts/features_table.py " + " ".join(sys.argv[1:]),
        "date": datetime.date.today().isoformat(),
        "commit": subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip(),
        "versions": {name: version(name) for name in ("genrelens", "librosa", "numpy", "ducc0", "soxr")},
        "processor": processor(),
        "tracks": len(paths),
        "tracks_sha256": hashlib.sha256("\n".join(path.stem for path in paths).encode()).hexdigest(),
        "recorded": sounds,
        "synthetic": {name: deviations(samples) for name, samples in made.items()},
        "milliseconds": {
            "all nine": fastest_ms(lambda: compute_features(sample)),
            "all nine, librosa": fastest_ms(lambda: oracle.reference(sample), 3),
            **{name: fastest_ms(lambda name=name: compute_features(sample, [name])) for name in FEATURES},
        },
    }


def table(record: dict) -> str:
    ms = record["milliseconds"]
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    lines = [
        f"Made by `{record['command']}` on {record['date']}, {record['tracks']} tracks of 30 s and "
        f"{len(record['synthetic'])} synthetic pieces, one thread of {record['processor']}; {versions}.",
        "",
        "| feature | allowed | median track | worst track | which | synthetic, worst | ms alone |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = [(name, f"`{name}`", limit) for name, limit in oracle.TOLERANCES.items()]
    rows.append(("flipped", "CENS values flipped before smoothing", oracle.FLIPPED))
    for key, shown, limit in rows:
        by_track = {name: found[key] for name, found in record["recorded"].items()}
        worst = max(by_track, key=lambda name: by_track[name])
        synthetic = max(found[key] for found in record["synthetic"].values())
        cost = f"{ms[key]:.1f}" if key in ms else ""
        lines.append(
            f"| {shown} | {limit:.0e} | {np.median(list(by_track.values())):.1e} | {by_track[worst]:.1e} "
            f"| {worst if by_track[worst] else ''} | {synthetic:.1e} | {cost} |"
        )
    lines += [
        "",
        f"All nine together take {ms['all nine']:.0f} ms for 30 s; the same by librosa, its constant-Q "
        f"transform computed once, {ms['all nine, librosa']:.0f} ms.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="recordings, looked for in all its subfolders")
    parser.add_argument("--every", type=int, default=1, help="take every Nth recording only")
    parser.add_argument("--from-record", action="store_true", help="do not measure, read the record")
    chosen = parser.parse_args()
    if not chosen.from_record:
        if chosen.folder is None:
            parser.error("name a folder of recordings, or --from-record")
        RECORD.write_text(json.dumps(measured(chosen.folder, chosen.every)) + "\n")
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{table(json.loads(RECORD.read_text()))}\n{END}{after}")


if __name__ == "__main__":
    main()
