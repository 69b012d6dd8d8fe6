"""Composes and renders the example music: `python examples/render.py [--out FOLDER] [--only NAME]`."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from pieces.piece import Piece
from studio.files import write
from studio.sampler import MissingPackage

ROOMS = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")


def all_pieces() -> list[Piece]:
    """Every piece, by genre."""
    return [piece for room in ROOMS for piece in importlib.import_module(f"pieces.{room}").PIECES]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent / "music")
    parser.add_argument("--only", default="", help="render the pieces whose file name contains this")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for piece in all_pieces():
        if options.only in piece.file_name:
            begun = time.perf_counter()
            path = options.out / piece.file_name
            try:
                sound = piece.compose(piece.seconds)
            except MissingPackage as error:
                raise SystemExit(f"{piece.file_name} cannot be rendered: {error}") from error
            write(path, sound, piece.tags, rate=piece.rate, channels=piece.channels, kbps=piece.kbps)
            took = time.perf_counter() - begun
            print(
                f"{path.name:36s} {piece.seconds:5.1f} s {path.stat().st_size / 1e3:6.0f} kB in {took:.1f} s"
            )


if __name__ == "__main__":
    main()
