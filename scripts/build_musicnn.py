"""Make the network that the package carries from the named arrays of the pruned musicnn checkpoint.

    python scripts/build_musicnn.py WEIGHTS/musicnn_msd.npz

The arrays are those of the PyPI package musicnn 0.1.0 (musicnn/MSD_musicnn), its dead filters folded away.
The same arrays always give the same file.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np

from genrelens.encoders import build_graph

DESTINATION = Path(__file__).resolve().parents[1] / "src/genrelens/encoders/data/musicnn.onnx"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("arrays", type=Path, help="the .npz archive")
    with np.load(parser.parse_args().arrays, allow_pickle=False) as stored:
        model = build_graph("musicnn", {name: stored[name] for name in stored.files})
    DESTINATION.write_bytes(model)
    print(f"{DESTINATION.name}: {len(model)} bytes, sha256 {hashlib.sha256(model).hexdigest()}")


if __name__ == "__main__":
    main()
