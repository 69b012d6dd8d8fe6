"""Artist and title from the tags of files: by mutagen where it is installed, else by FFmpeg (PyAV)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from genrelens.datasets.dataset import Track

ARTIST_TAGS = ("artist", "albumartist", "album_artist", "performer", "composer", "author")


def with_tags(tracks: Sequence[Track]) -> list[Track]:
    """Fills in artist and title, where a track has no artist and its file has tags."""
    result = []
    for track in tracks:
        if track.artist is None:
            tags = read_tags(track.path)
            artist = next((tags[name] for name in ARTIST_TAGS if tags.get(name)), None)
            track = replace(track, artist=artist, title=track.title or tags.get("title"))
        result.append(track)
    return result


def read_tags(path: Path) -> dict[str, str]:
    """A file's tags, names in small letters; empty where it has none or cannot be read."""
    try:
        import mutagen
    except ImportError:
        return _by_ffmpeg(path)
    return _by_mutagen(mutagen, path) or _by_ffmpeg(path)


def _by_mutagen(mutagen: Any, path: Path) -> dict[str, str]:
    try:
        file = mutagen.File(path, easy=True)
        pairs = list((file.tags or {}).items()) if file is not None else []
    except Exception:  # mutagen lets the parsing errors of damaged files through, of any type
        return {}
    return {
        str(name).casefold(): str(value[0] if isinstance(value, list | tuple) else value).strip()
        for name, value in pairs
        if value
    }


def _by_ffmpeg(path: Path) -> dict[str, str]:
    import av

    try:
        with av.open(str(path), metadata_errors="replace") as container:
            found = dict(container.metadata)
            for stream in container.streams.audio:
                found = {**stream.metadata, **found}
    except (av.FFmpegError, OSError, ValueError, UnicodeError):
        return {}
    return {name.casefold(): value.strip() for name, value in found.items() if value.strip()}
