"""A zip file from a stranger is read in the one way bundles are written, and costs no more than its size."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from genrelens.bundle import read_bundle
from genrelens.bundle.stored_zip import read_stored_zip
from genrelens.errors import BundleError

NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


def zipped(entries: list[tuple[str, bytes]], **options: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, **options)
    return file.getvalue()


PLAIN = zipped([("a.txt", b"first"), ("b.txt", b"second")])
DIRECTORY = PLAIN.index(b"PK\1\2")


def with_end(content: bytes, **changes: int) -> bytes:
    """A zip file with other numbers in the record that ends it."""
    names = ("disk", "other", "here", "count", "size", "start", "comment")
    values = dict(zip(names, struct.unpack("<4H2LH", content[-18:]), strict=True)) | changes
    return content[:-18] + struct.pack("<4H2LH", *values.values())


def patched(content: bytes, place: int, value: bytes) -> bytes:
    return content[:place] + value + content[place + len(value) :]


def moved(content: bytes) -> bytes:
    """The second entry's directory says that it lies where the first one lies."""
    second = content.index(b"PK\1\2", DIRECTORY + 1)
    return patched(content, second + 42, struct.pack("<L", 0))


def streamed() -> bytes:
    """Written to a pipe: sizes stand behind the data."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.parts: list[bytes] = []

        def writable(self) -> bool:
            return True

        def write(self, part: object) -> int:
            self.parts.append(bytes(part))  # type: ignore[call-overload]
            return len(self.parts[-1])

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        archive.writestr("a.txt", b"first")
    return b"".join(pipe.parts)


def zip64() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as entry:
        entry.write(b"first")
    return file.getvalue()


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=8))
def test_what_zipfile_writes_is_read_as_zipfile_reads_it(entries: dict[str, bytes]) -> None:
    content = zipped(list(entries.items()))
    with zipfile.ZipFile(io.BytesIO(content)) as oracle:
        expected = {name: oracle.read(name) for name in oracle.namelist()}
    assert {name: bytes(data) for name, data in read_stored_zip(content).items()} == expected


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "does not end as a zip file"),
        (PLAIN + b"behind", "does not end as a zip file"),
        (b"before" + PLAIN, "at its end"),
        (PLAIN[:-22], "does not end"),
        (with_end(PLAIN, comment=1), "kind that bundles are"),
        (with_end(PLAIN, disk=1), "kind that bundles are"),
        (with_end(PLAIN, count=3), "kind that bundles are"),
        (with_end(PLAIN, count=3, here=3), "cut short"),
        (with_end(PLAIN, count=1, here=1), "belong to no entry"),
        (with_end(PLAIN, count=0xFFFF, here=0xFFFF), "larger than that of any bundle"),
        (with_end(PLAIN, size=0xFFFFFFFF), "larger than that of any bundle"),
        (with_end(PLAIN, start=0), "at its end"),
        (moved(PLAIN), "one behind the other"),
        (patched(PLAIN, DIRECTORY + 24, struct.pack("<L", 1 << 30)), "one behind the other"),
        (patched(PLAIN, 30, b"z"), "contradict"),
        (patched(PLAIN, 35, b"F"), "a.txt is damaged"),
        (zipped([("a.txt", b"x")], compress_type=zipfile.ZIP_DEFLATED), "compressed"),
        (zipped([("n\u00e9.txt", b"x")]), "a name that no bundle uses"),
        (zipped([("a\x1b[2J", b"x")]), "a name that no bundle uses"),
        (streamed(), "not written as bundles write it"),
        (zip64(), "contradict|not written"),
    ],
)
def test_other_zip_files_are_refused(content: bytes, said: str) -> None:
    with pytest.raises(BundleError, match=said):
        read_stored_zip(content)


def test_one_name_for_two_files_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        content = zipped([("a.txt", b"first"), ("a.txt", b"other")])
    with pytest.raises(BundleError, match="two files of one name"):
        read_stored_zip(content)


def test_a_directory_of_a_hundred_thousand_entries_is_refused_before_it_is_read(tmp_path: Path) -> None:
    entry = DIRECTORY, PLAIN.index(b"PK\1\2", DIRECTORY + 1)
    directory = PLAIN[slice(*entry)] * 100_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(directory), 0, 0)
    (tmp_path / "bomb.bundle").write_bytes(directory + end)
    tracemalloc.start()
    with pytest.raises(BundleError, match=r"bomb\.bundle is no usable bundle: its directory is larger"):
        read_bundle(tmp_path / "bomb.bundle")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * (len(directory) + 1_000_000)


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(PLAIN) - 1), byte=st.integers(0, 255))
def test_any_changed_byte_is_noticed_or_changes_nothing(place: int, byte: int) -> None:
    try:
        read = read_stored_zip(patched(PLAIN, place, bytes([byte])))
    except BundleError as error:
        assert "\n" not in str(error)
    else:
        assert [bytes(data) for data in read.values()] == [b"first", b"second"]
