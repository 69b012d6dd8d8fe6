"""A run of its own: writes a row for every file of a folder that is not done, some milliseconds apart."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from result_rows import BUNDLE, row

from genrelens.catalogue import FileIdentity, open_sink
from genrelens.errors import OutputError


def main(out: str, folder: str, pause_s: float, resume: bool) -> int:
    try:
        with open_sink(Path(out), BUNDLE, resume=resume) as sink:
            print("open", flush=True)
            for song in sorted(Path(folder).iterdir()):
                if (file := FileIdentity.of(song)) not in sink.done:
                    sink.write(row(str(song)), file)
                    time.sleep(pause_s)
    except OutputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), "--resume" in sys.argv))
