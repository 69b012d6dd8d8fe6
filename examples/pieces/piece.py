"""What a piece is: its title, its genre, its file and the function that plays it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studio.signals import RATE, Signal


@dataclass(frozen=True)
class Piece:
    title: str
    genre: str
    seconds: float
    suffix: str
    compose: Callable[[float], Signal]
    rate: int = RATE
    channels: int = 2
    kbps: int = 88
    composer: str = "genrelens"
    artist: str = "genrelens"
    comment: str = ""

    @property
    def file_name(self) -> str:
        words = self.title.lower().replace(",", "").replace("'", "").replace(".", "").split()
        return f"{self.genre}-{'-'.join(words)}.{self.suffix}"

    @property
    def tags(self) -> dict[str, str]:
        """What goes into the file; the genre does not, so that nobody need ask whether it was read there."""
        made = f"Composed by {self.composer}, rendered by examples/render.py, CC0 1.0"
        return {"title": self.title, "artist": self.artist, "date": "2026", "comment": self.comment or made}
