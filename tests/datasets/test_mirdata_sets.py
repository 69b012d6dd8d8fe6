"""`mirdata:NAME`: with mirdata where it is installed, else with a stand-in of the same calls."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from genrelens.datasets import load_dataset
from genrelens.errors import DataError

IDS = [f"{genre}.{n:05d}" for genre in ("blues", "hiphop") for n in range(3)]


def audio_name(track_id: str) -> str:
    return f"gtzan_genre/genres/{track_id.split('.')[0]}/{track_id}.wav"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which mirdata finds six tracks of GTZAN."""
    for track_id in IDS:
        path = tmp_path / audio_name(track_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    try:
        import mirdata
    except ImportError:
        monkeypatch.setitem(sys.modules, "mirdata", stand_in())
    else:
        index = Path(mirdata.initialize("gtzan_genre", data_home=str(tmp_path)).index_path)
        if index.exists():
            pytest.skip("mirdata's own index is in its place")
        tracks = {
            id_: {"audio": [audio_name(id_), ""], "beats": [None, None], "tempo": [None, None]} for id_ in IDS
        }
        index.parent.mkdir(parents=True, exist_ok=True)
        index.write_text(json.dumps({"version": "1.0", "tracks": tracks}))
        yield tmp_path
        index.unlink()
        return
    yield tmp_path


def stand_in() -> ModuleType:
    class Loader:
        def __init__(self, data_home: str | None) -> None:
            self.data_home = data_home or "/nowhere"

        def load_tracks(self) -> dict[str, SimpleNamespace]:
            return {
                id_: SimpleNamespace(
                    genre=id_.split(".")[0].replace("hiphop", "hip-hop"),
                    audio_path=str(Path(self.data_home) / audio_name(id_)),
                )
                for id_ in IDS
            }

    module = ModuleType("mirdata")
    module.list_datasets = lambda: ["gtzan_genre"]  # type: ignore[attr-defined]
    module.initialize = lambda name, data_home=None: Loader(data_home)  # type: ignore[attr-defined]
    return module


def test_its_tracks_become_a_data_set(home: Path) -> None:
    data = load_dataset(f"mirdata:gtzan_genre:{home}")
    assert data.counts == {"blues": 3, "hip-hop": 3}
    assert data.tracks[0].artist == "John Lee Hooker"
    (home / audio_name("blues.00000")).rename(home / "gone")
    with pytest.raises(DataError, match=r"too few tracks of blues \(2\)"):
        load_dataset(f"mirdata:gtzan_genre:{home}")


def test_what_is_wrong_is_said(home: Path) -> None:
    with pytest.raises(DataError, match="knows no data set 'gtzan'"):
        load_dataset("mirdata:gtzan")
    with pytest.raises(DataError, match="name its folder: mirdata:gtzan_genre:FOLDER"):
        load_dataset(f"mirdata:gtzan_genre:{home / 'elsewhere'}")


def test_without_mirdata_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mirdata", None)
    with pytest.raises(DataError, match="pip install mirdata"):
        load_dataset("mirdata:gtzan_genre")
