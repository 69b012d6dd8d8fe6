"""The words that the networks' tag probabilities stand for."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

MILLION_SONG_TAGS: tuple[str, ...] = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s",
    "alternative rock", "jazz", "beautiful", "metal", "chillout", "male vocalists", "classic rock",
    "soul", "indie rock", "Mellow", "electronica", "80s", "folk", "90s", "chill", "instrumental",
    "punk", "oldies", "blues", "hard rock", "ambient", "acoustic", "experimental",
    "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening", "sexy",
    "catchy", "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop",
    "sad", "House", "happy",
)  # fmt: skip
"""The 50 most frequent tags of the Million Song Dataset's listeners, most frequent first."""


def million_song_tags() -> tuple[str, ...]:
    """The 50 tags of musicnn, choi2017 and fcn."""
    return MILLION_SONG_TAGS


@cache
def audioset_tags() -> tuple[str, ...]:
    """The 527 classes of AudioSet in its own order (Gemmeke et al. 2017, names under CC BY 4.0).

    Example:
        >>> audioset_tags()[0], audioset_tags()[137], len(audioset_tags())
        ('Speech', 'Music', 527)
    """
    text = (files("genrelens.encoders") / "data" / "audioset_tags.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())
