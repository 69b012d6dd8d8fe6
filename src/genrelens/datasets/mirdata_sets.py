"""Data sets that the package mirdata knows: `mirdata:gtzan_genre` or `mirdata:gtzan_genre:FOLDER`."""

from __future__ import annotations

from pathlib import Path

from genrelens.datasets.dataset import Track
from genrelens.datasets.tables import Listed
from genrelens.errors import DataError, shown

PREFIX = "mirdata:"
GENRE_ATTRIBUTES = ("genre", "genres", "tags", "style")
ARTIST_ATTRIBUTES = ("artist", "artist_name", "performer")


def read_mirdata(spec: str) -> Listed:
    """The tracks of a mirdata data set that is already on disk; nothing is downloaded.

    Args:
        spec: `mirdata:NAME`, or `mirdata:NAME:FOLDER` where it does not lie in mirdata's own folder.

    Raises:
        DataError: mirdata is not installed, does not know the name, the data set has no genres, or its
            audio is not there.
    """
    name, _, home = spec[len(PREFIX) :].partition(":")
    try:
        import mirdata
    except ImportError as error:
        raise DataError(
            f"{spec} needs the package mirdata; run `pip install mirdata`, which is the extra "
            "mirdata: pip install 'genrelens[mirdata]'"
        ) from error
    if name not in mirdata.list_datasets():
        raise DataError(f"mirdata knows no data set {name!r}; `mirdata.list_datasets()` lists its names")
    dataset = mirdata.initialize(name, data_home=home or None)
    try:
        loaded = dataset.load_tracks()
    except Exception as error:  # each of mirdata's loaders fails in its own way
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"mirdata cannot load {name} ({first}); download it with mirdata first") from error
    tracks, missing = [], []
    for id_, item in loaded.items():
        genre = _first(item, GENRE_ATTRIBUTES)
        audio = getattr(item, "audio_path", None)
        if genre is None or audio is None:
            continue
        if Path(audio).is_file():
            tracks.append(Track(str(id_), Path(audio), genre, _first(item, ARTIST_ATTRIBUTES), name))
        else:
            missing.append(str(audio))
    if not tracks and missing:
        raise DataError(
            f"the audio of mirdata's {name} is not below {shown(dataset.data_home)}; download it with "
            f"mirdata, or name its folder: {PREFIX}{name}:FOLDER"
        )
    if not tracks:
        raise DataError(f"mirdata's {name} has no genres of its tracks; choose another data set")
    warnings = [f"{len(missing)} of {len(loaded)} files of mirdata's {name} are not there"] if missing else []
    return Listed(tuple(tracks), tuple(missing), tuple(warnings))


def _first(item: object, names: tuple[str, ...]) -> str | None:
    for name in names:
        try:
            value = getattr(item, name, None)
        except Exception:  # attributes read annotation files, which may be absent or damaged
            continue
        if isinstance(value, list | tuple) and value:
            value = value[0]
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None
