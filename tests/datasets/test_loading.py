"""What a user may name as a data set, and what is refused with a sentence that helps."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genrelens.datasets import load_dataset
from genrelens.datasets.dataset import Track, unique_tracks
from genrelens.errors import DataError


def test_a_folder_with_one_sub_folder_a_genre(two_genres: Path) -> None:
    (two_genres / "jazz" / "cover.jpg").write_bytes(b"x")
    (two_genres / "jazz" / "._j0.wav").write_bytes(b"x")
    (two_genres / ".hidden").mkdir()
    (two_genres / "scans").mkdir()
    (two_genres / "stray.wav").write_bytes(b"x")
    data = load_dataset(two_genres)
    assert data.name == "music"
    assert data.counts == {"jazz": 3, "rock": 10}
    assert data.tracks[0].path == two_genres / "jazz" / "j0.wav"
    assert any("jazz (3)" in warning for warning in data.warnings)
    assert any("straight in" in warning for warning in data.warnings)
    assert any("scans" in warning for warning in data.warnings)


def test_genres_may_be_chosen_and_keep_the_order_asked_for(two_genres: Path, make_files) -> None:
    make_files(*[f"hip-hop/{n}.wav" for n in range(3)])
    data = load_dataset(two_genres, genres=["rock", "HipHop"])
    assert data.genres == ("rock", "hip-hop")
    assert set(data.labels[:3].tolist()) == {1}
    with pytest.raises(DataError, match="did you mean rock"):
        load_dataset(two_genres, genres=["rok", "jazz"])


def test_several_are_joined_and_spellings_of_a_genre_agree(make_files: Callable[..., Path]) -> None:
    one = make_files(
        *[f"Hip-Hop/a{n}.wav" for n in range(3)], *[f"pop/b{n}.wav" for n in range(3)], root="one"
    )
    two = make_files(
        *[f"hiphop/a{n}.wav" for n in range(3)], *[f"Pop/c{n}.wav" for n in range(3)], root="two"
    )
    data = load_dataset(f"{one} + {two}")
    assert data.counts == {"Hip-Hop": 6, "pop": 6}
    assert data.name == "one + two"
    assert {track.collection for track in data.tracks} == {"one", "two"}
    assert len({track.id for track in data.tracks}) == 12
    assert load_dataset([one, two]).tracks == data.tracks


def test_a_folder_whose_name_holds_a_plus_is_one_folder(make_files: Callable[..., Path]) -> None:
    root = make_files(*[f"{genre}/{n}.wav" for genre in "ab" for n in range(3)], root="r+b")
    assert load_dataset(str(root)).name == "r+b"


def test_the_same_folder_twice_counts_once(two_genres: Path) -> None:
    data = load_dataset([two_genres, two_genres])
    assert len(data) == 13
    assert any("listed twice" in warning for warning in data.warnings)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="file names of bytes are POSIX")
def test_names_that_are_no_text_get_readable_ids(two_genres: Path) -> None:
    with open(os.fsencode(two_genres / "jazz") + b"/caf\xe9.wav", "wb") as file:
        file.write(b"x")
    data = load_dataset(two_genres)
    assert r"caf\xe9" in [track.id for track in data.tracks]
    assert all(track.path.exists() for track in data.tracks)


def test_links_in_circles_end(two_genres: Path) -> None:
    (two_genres / "rock" / "again").symlink_to(two_genres / "rock")
    assert len(load_dataset(two_genres)) == 13


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables_of_any_separator_and_encoding(two_genres: Path, separator: str, encoding: str) -> None:
    lines = [separator.join(["Artist", "File Name", "Label"])]
    lines += [separator.join(["Björk", f"rock/album/r{n}.mp3", "Électro"]) for n in range(3)]
    lines += [separator.join(["The Ä", f"jazz\\j{n}.wav", "jazz"]) for n in range(3)]
    table = two_genres / "list.csv"
    table.write_bytes("\r\n".join(lines).encode(encoding))
    data = load_dataset(table)
    assert data.counts == {"jazz": 3, "Électro": 3}
    assert data.tracks[0].artist == "Björk"


def test_paths_may_start_from_another_folder_and_lack_their_suffix(two_genres: Path, tmp_path: Path) -> None:
    table = tmp_path / "list.tsv"
    rows = ["track\tgenre", *[f"r{n}\trock" for n in range(3)], *[f"j{n}\tjazz" for n in range(3)]]
    table.write_text("\n".join([*rows, "gone\tjazz", "\trock", "j0\t"]))
    for n in range(3):
        (two_genres / "rock" / f"r{n}.ogg").write_bytes(b"x")
    data = load_dataset(table, audio=two_genres)
    assert [track.path.name for track in data.tracks] == [f"r{n}.ogg" for n in range(3)] + [
        f"j{n}.wav" for n in range(3)
    ]
    assert data.missing == ("gone",)
    assert any("1 of 7 files" in warning and "gone" in warning for warning in data.warnings)
    with pytest.raises(DataError, match="--audio"):
        load_dataset(table)


def test_a_table_without_the_columns_says_which_there_are(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("song,mood\na.wav,sad\n")
    with pytest.raises(DataError, match=r"no column of paths .* there are song, mood"):
        load_dataset(table)
    table.write_text("path,mood\na.wav,sad\n")
    with pytest.raises(DataError, match=r"no column of genres .* there are path, mood"):
        load_dataset(table)
    table.write_bytes(b"")
    with pytest.raises(DataError, match="empty"):
        load_dataset(table)


def test_an_index_decides_what_belongs_to_a_folder(two_genres: Path) -> None:
    names = [f"rock/album/r{n}.mp3,rock,Queen" for n in range(4)] + [f"j{n},jazz," for n in range(3)]
    (two_genres / "index.csv").write_text("\n".join(["track,genre,artist", *names]))
    data = load_dataset(two_genres)
    assert data.counts == {"jazz": 3, "rock": 4}
    assert [track.artist for track in data.tracks] == ["Queen"] * 4 + [None] * 3


def test_an_index_of_something_else_is_ignored(two_genres: Path) -> None:
    (two_genres / "index.csv").write_text("colour,size\nred,3\n")
    assert len(load_dataset(two_genres)) == 13


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["rock/a.wav", "rock/b.wav", "rock/c.wav"], "only one genre, rock"),
        (["a/1.wav", "a/2.wav", "a/3.wav", "b/1.wav", "b/2.wav"], r"too few tracks of b \(2\)"),
        (["notes.txt"], "no sub-folder with sound files"),
        ([f"g{n}/{k}.wav" for n in range(501) for k in range(3)], "501 genres"),
    ],
)
def test_data_that_teaches_nothing_is_refused(make_files, files: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_dataset(make_files(*files))


def test_what_is_no_data_set_is_refused(tmp_path: Path, two_genres: Path) -> None:
    for spec, message in [
        (tmp_path / "nothing", "is not there"),
        (two_genres / "jazz" / "j0.wav", "neither a folder nor a table"),
        ("", "no data set was named"),
        ("mirdata:no_such_set", "mirdata"),
    ]:
        with pytest.raises(DataError, match=message):
            load_dataset(spec)
    with pytest.raises(DataError, match="is no folder"):
        load_dataset(two_genres, audio=tmp_path / "nothing")


def test_a_file_under_two_genres_is_refused(two_genres: Path) -> None:
    table = two_genres / "list.csv"
    table.write_text("path,genre\njazz/j0.wav,jazz\njazz/j0.wav,rock\n")
    with pytest.raises(DataError, match="listed as jazz and as rock"):
        load_dataset(table)


def test_gtzan_is_known_by_its_names_whatever_the_suffix(make_files: Callable[..., Path]) -> None:
    root = make_files(*[f"{genre}/{genre}.{n:05d}.au" for genre in ("blues", "rock") for n in range(3)])
    data = load_dataset(root)
    assert data.name == "gtzan"
    assert data.tracks[0].artist == "John Lee Hooker"
    assert data.tracks[0].title == "One Bourbon, One Scotch And One Beer"


@pytest.mark.parametrize(
    ("spec", "tracks", "genres"),
    [("wild", 373, 10), ("gtzan/audio", 472, 10), ("gtzan/short", 125, 4), ("gtzan", 597, 10)],
)
def test_the_data_beside_the_project(shared: Path, spec: str, tracks: int, genres: int) -> None:
    data = load_dataset(shared / spec)
    assert (len(data), len(data.genres)) == (tracks, genres)
    assert sum(track.artist is not None for track in data.tracks) >= 0.9 * tracks
    assert len({track.id for track in data.tracks}) == tracks
    with open(shared / spec.split("/")[0] / "index.csv", encoding="utf-8", newline="") as file:
        rows = {row["track"]: row for row in csv.DictReader(file)}
    for track in data.tracks:
        assert (track.genre, track.artist or "") == (rows[track.id]["genre"], rows[track.id]["artist"])


def test_artists_of_both_collections_meet_in_one_group(shared: Path) -> None:
    data = load_dataset([shared / "gtzan" / "audio", shared / "wild"])
    by_collection: dict[str, set[int]] = {}
    for track, group in zip(data.tracks, data.group_numbers, strict=True):
        if track.artist in ("Bach", "JS Bach"):
            by_collection.setdefault(str(track.collection), set()).add(int(group))
    assert by_collection["gtzan"] == by_collection["wild"]
    assert data.group_numbers.max() > 300


NAME = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(genres=st.lists(NAME, min_size=6, max_size=6), artists=st.lists(NAME, min_size=6, max_size=6))
def test_any_text_survives_a_table(tmp_path: Path, genres: list[str], artists: list[str]) -> None:
    for n in range(6):
        (tmp_path / f"t{n}.wav").touch()
    with open(tmp_path / "any.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["path", "genre", "artist"])
        writer.writerows([f"t{n}.wav", genres[n], artists[n]] for n in range(6))
    try:
        data = load_dataset(tmp_path / "any.csv", fewest_tracks=1)
    except DataError as error:
        assert "genre" in str(error) or "there" in str(error)
        return
    for track in data.tracks:
        n = int(track.path.stem[1:])
        assert track.artist == (artists[n].strip() or None)
        assert track.genre.casefold().strip() or not genres[n].strip()
    assert len(data) == sum(bool(genre.strip()) for genre in genres)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x.wav", "x.mp3", "y.wav"])), max_size=20))
def test_ids_are_unique_and_no_file_is_lost(files: list[tuple[str, str]]) -> None:
    tracks = [Track(name[0], Path("/m") / folder / name, folder, None, "m") for folder, name in files]
    kept, _ = unique_tracks(tracks)
    assert len({track.id for track in kept}) == len(kept) == len(set(files))


@pytest.mark.parametrize(
    ("hint", "separator"), [("sep=;", ";"), ('"sep=;"', ";"), ("SEP=\t", "\t"), ("sep=|", "|")]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_first_line_that_names_the_separator_is_no_header(two_genres, hint, separator, encoding) -> None:
    lines = [hint, separator.join(["PATH", "GENRE"])]
    lines += [separator.join([f"rock/album/r{n}.mp3", "rock, hard"]) for n in range(3)]
    lines += [separator.join([f"jazz/j{n}.wav", "jazz"]) for n in range(3)]
    (two_genres / "list.csv").write_bytes("\r\n".join(lines).encode(encoding))
    assert load_dataset(two_genres / "list.csv").counts == {"jazz": 3, "rock, hard": 3}


def test_line_breaks_between_quotes_belong_to_the_cell(two_genres: Path) -> None:
    rows = ['"File\nName";"Genre";"Comment"']
    rows += [f'rock/album/r{n}.mp3;rock;"first\nsecond"' for n in range(3)]
    rows += [f"jazz/j{n}.wav;jazz;" for n in range(3)]
    (two_genres / "list.csv").write_text("\n".join(rows))
    assert load_dataset(two_genres / "list.csv").counts == {"jazz": 3, "rock": 3}


@pytest.mark.parametrize("start", ["", "Data", "Data/genres_original"])
def test_the_popular_copy_of_gtzan_is_read_from_any_of_its_folders(make_files, start: str) -> None:
    sounds = [f"Data/genres_original/{g}/{g}.{n:05d}.wav" for g in ("blues", "rock") for n in range(3)]
    root = make_files(*sounds, "Data/images_original/blues/blues00000.png", "Data/features_30_sec.csv")
    data = load_dataset(root / start)
    assert data.counts == {"blues": 3, "rock": 3}
    assert data.name == "gtzan"


def test_its_own_table_of_features_finds_the_files(make_files) -> None:
    names = [f"{g}.{n:05d}.wav" for g in ("blues", "rock") for n in range(3)]
    root = make_files(*[f"Data/genres_original/{name.split('.')[0]}/{name}" for name in names])
    rows = ["filename,length,label", *[f"{name},661794,{name.split('.')[0]}" for name in names]]
    (root / "Data" / "features_30_sec.csv").write_text("\n".join(rows))
    assert load_dataset(root / "Data" / "features_30_sec.csv").counts == {"blues": 3, "rock": 3}


def test_an_only_genre_with_albums_is_not_taken_for_genres(make_files) -> None:
    root = make_files(*[f"shoegaze/{album}/{n}.mp3" for album in ("first", "second") for n in range(3)])
    with pytest.raises(DataError, match=r"only one genre, shoegaze, with the sub-folders first, second; if"):
        load_dataset(root)
    assert load_dataset(root / "shoegaze").counts == {"first": 3, "second": 3}


def test_what_archives_leave_behind_is_no_genre_and_names_are_trimmed(make_files) -> None:
    root = make_files(
        *[f"{folder}/{folder.strip()}{n}.mp3" for folder in ("Rock", "rock ", "Jazz") for n in range(3)],
        *["__MACOSX/Rock/._Rock0.mp3", ".hidden/a.mp3", "$RECYCLE.BIN/b.mp3", "Rock/._Rock1.mp3"],
    )
    data = load_dataset(root)
    assert data.counts == {"Jazz": 3, "Rock": 6}
    assert not any("MACOSX" in warning for warning in data.warnings)
