"""Fills a store with the noise of a folder: `python fill_store.py CACHE FOLDER JOBS [SLOW_S]`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from cheap_inputs import CheapInputs

from genrelens.datasets import Track
from genrelens.errors import OutputError
from genrelens.feature_store import FeatureStore, segment_writer


def main() -> None:
    # a shell that starts tests in the background lets its children ignore Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    cache, folder, jobs, slow_s = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    segment_writer.COMMIT_S = 0.02
    tracks = [Track(path.stem, path, "a", None, "noise") for path in sorted(folder.glob("*.wav"))]
    source = CheapInputs(slow_s=slow_s)
    try:
        table = FeatureStore(cache, source, segment_bytes=1 << 18).compute(
            tracks, ["frames", "mean"], jobs=jobs
        )
    except OutputError as error:
        print(error)
        raise SystemExit(2) from error
    print(len(table), table.computed)


if __name__ == "__main__":
    main()
