"""Names as text: unchanged where that is safe, and never two alike."""

from __future__ import annotations

import pickle
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genrelens.catalogue.file_identity import bytes_of_shown
from genrelens.errors import NotAudio, shown

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="names are bytes on POSIX only")
NAMES = st.one_of(
    st.binary(max_size=12),
    st.lists(
        st.sampled_from([b"\\", b"x", b"e", b"9", b"\xe9", b"\xc3\xa9", b"\xed\xb2\x80"]), max_size=9
    ).map(b"".join),
)


@given(NAMES)
@example(rb"caf\xe9.mp3")
@example(b"\\\xe9")
@example(b"\\\\xe9\\\xe9")
def test_a_shown_name_tells_which_bytes_it_has(name: bytes) -> None:
    text = shown(name)
    assert bytes_of_shown(text) == name
    text.encode()  # holds no half characters


@given(NAMES, NAMES)
def test_two_names_are_never_shown_alike(one: bytes, other: bytes) -> None:
    assert (shown(one) == shown(other)) == (one == other)


@pytest.mark.parametrize(
    "name",
    ["song.mp3", "ä/日本.mp3", r"C:\Music\new\song.mp3", r"a\x1b.mp3", r"a\xE9", r"x\\y\\", "a\nb", ""],
)
def test_a_name_of_utf_8_without_escapes_is_shown_as_it_is(name: str) -> None:
    assert shown(name) == name
    assert shown(name.encode()) == name


def test_only_what_reads_like_an_escaped_byte_is_told_apart() -> None:
    assert shown(b"caf\xe9.mp3") == r"caf\xe9.mp3"
    assert shown(rb"caf\xe9.mp3") == r"caf\\xe9.mp3"
    assert shown(r"D:\x86\song.mp3") == r"D:\\x86\song.mp3"


@given(NAMES)
def test_showing_again_changes_nothing_also_after_a_journey(name: bytes) -> None:
    text = shown(name)
    assert shown(text) == text
    assert shown(pickle.loads(pickle.dumps(text))) == text
    assert NotAudio(text, "is text").path == NotAudio(name, "is text").path == text


@pytest.mark.parametrize("half", ["\ud800", "a\udfff.mp3"])
def test_half_a_character_is_shown_too(half: str) -> None:
    assert shown(half).encode()
