"""Recognises until it is interrupted: `python recognise_on.py BUNDLE isolate|threads SHORT LONG|-`.

After one short recording comes a long one (or, for `-`, standard input), then the short one without end.
"""

from __future__ import annotations

import itertools
import signal
import sys

from genrelens.recognition import Recognizer


class Announced:
    """Standard input, telling when it is waited for."""

    def read(self, size: int) -> bytes:
        print("waiting\n", end="", flush=True)
        return sys.stdin.buffer.read(size)


def main() -> None:
    # a shell that starts tests in the background lets its children ignore Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    bundle, way, short, long = sys.argv[1:]
    lens = Recognizer(bundle, excerpts="all", isolate=way == "isolate")
    second = Announced() if long == "-" else long
    sources = itertools.chain([short, second], itertools.repeat(short))
    try:
        for row in lens.recognize_many(sources, jobs=2):
            print(
                f"{row.path} {row.status}\n", end="", flush=True
            )  # in one piece: Ctrl-C may come at any time
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
