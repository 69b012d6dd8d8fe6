"""Writes the tests' sounds that are no music, of seeds that are for testing only, as files: a sub-folder a kind.

python scripts/write_sounds.py FOLDER [--each 4] [--seconds 8]

`genrelens bench robustness ... --sounds FOLDER` then counts how many of each kind are answered `unsure`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.sounds import HELD_OUT_SEEDS, SOUNDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int, default=4, help="sounds of every kind")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a sound")
    arguments = parser.parse_args()
    for kind, make in SOUNDS.items():
        place = arguments.folder / kind
        place.mkdir(parents=True, exist_ok=True)
        for seed in HELD_OUT_SEEDS[: arguments.each]:
            samples, rate = make(arguments.seconds, seed)
            soundfile.write(place / f"{seed}.wav", samples, rate)
    print(f"wrote {len(SOUNDS) * arguments.each} sounds of {len(SOUNDS)} kinds into {arguments.folder}")


if __name__ == "__main__":
    main()
