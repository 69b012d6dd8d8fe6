"""Draws the picture of the README: what `genrelens predict examples/music` prints, as SVG.

python scripts/predict_picture.py docs/predict.svg
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from genrelens.audio import find_audio
from genrelens.cli.prediction_table import Details, PredictionTable
from genrelens.recognition import Recognizer

WIDTH = 116


def main(target: Path) -> None:
    recogniser = Recognizer()
    outcomes = list(recogniser.recognize_many(find_audio(["examples/music"])))
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print("[bold green]$[/] genrelens predict examples/music\n")
    console.print(PredictionTable(outcomes, Details()))
    target.write_text(console.export_svg(title="genrelens", theme=MONOKAI))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
