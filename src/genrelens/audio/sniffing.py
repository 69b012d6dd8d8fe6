"""Finds the format of a file from its content, never from its name.

Most formats have magic numbers. MP3 and AAC in ADTS have none; they are found by a chain of frames, which is
looked for far into the content. Text, pictures and documents are recognised so that a message can name them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from genrelens.audio.free_format import FreeFormat
from genrelens.audio.mpeg import FrameHeader
from genrelens.audio.searching import NEAR, find_container, find_frames, find_frames_in_tag
from genrelens.audio.sources import ByteSource

WINDOW = NEAR
"""Bytes from the beginning (after any ID3v2 tags) that are searched for magic numbers."""

MOST_TAGS = 16
"""ID3v2 tags that are skipped at the beginning of a file."""


@dataclass(frozen=True)
class Kind:
    """What the content is and which decoders read it.

    Attributes:
        name: for messages.
        container: FFmpeg's name for it; several, separated by commas, where FFmpeg probes.
        readers: decoders to try, the best first; none where it is no sound.
        searchable: seeking with FFmpeg is reliable.
        origin: bytes before the sound (tags, junk) that a decoder need not see.
    """

    name: str
    container: str
    readers: tuple[str, ...] = ("ffmpeg",)
    searchable: bool = True
    origin: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether there is a decoder for it."""
        return bool(self.readers)

    @property
    def is_known(self) -> bool:
        """Whether the format was found; if not, a decoder's refusal means that it is no sound."""
        return self.container != PROBED


PROBED = (
    "aiff,amr,ape,asf,au,avi,caf,dsf,dtshd,flac,flv,iff,ircam,loas,mlp,mpc,mpc8,mpeg,mpegts,mxf,nistsphere,nut,oma,"
    "osq,qcp,rm,shn,smjpeg,sox,tak,truehd,tta,voc,w64,wav,wtv,wv,xa,xwma,aa,aax,ogg,matroska,webm,mov,mp4"
)
"""Containers among which FFmpeg may probe content that is not known here. None of them refers to other
files or addresses, as playlists do, and none takes any bytes for sound, as raw formats do."""

_BOTH = ("libsndfile", "ffmpeg")
_FFMPEG_FIRST = ("ffmpeg", "libsndfile")
# libsndfile gets only formats with a magic number: for others it may call mpg123, which prints to the
# terminal and takes MP4 for MPEG layer I.

_MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"fLaC", Kind("FLAC", "flac", _FFMPEG_FIRST)),
    (4, b"ftyp", Kind("MP4", "mp4")),
    (4, b"moov", Kind("MP4", "mp4")),
    (4, b"styp", Kind("MP4", "mp4")),
    (0, b"\x1aE\xdf\xa3", Kind("Matroska or WebM", "matroska")),
    (0, bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), Kind("WMA or ASF", "asf")),
    (0, b"RF64", Kind("RF64", "wav", _BOTH)),
    (0, b"BW64", Kind("BW64", "wav", _FFMPEG_FIRST)),
    (0, b"riff\x2e\x91\xcf\x11", Kind("Wave64", "w64", _BOTH)),
    (0, b".snd", Kind("AU", "au", _BOTH)),
    (0, b"dns.", Kind("AU", "au", _BOTH)),
    (0, b"caff", Kind("CAF", "caf", _BOTH)),
    (0, b"Creative Voice File", Kind("VOC", "voc", _BOTH)),
    (0, b"NIST_1A", Kind("NIST Sphere", "nistsphere", _BOTH)),
    (0, b"MAC ", Kind("Monkey's Audio", "ape")),
    (0, b"wvpk", Kind("WavPack", "wv")),
    (0, b"TTA1", Kind("True Audio", "tta")),
    (0, b"MPCK", Kind("Musepack", "mpc8")),
    (0, b"MP+", Kind("Musepack", "mpc")),
    (0, b"DSD ", Kind("DSF", "dsf")),
    (0, b"FRM8", Kind("DSDIFF", "iff")),
    (0, b"#!AMR", Kind("AMR", "amr")),
    (0, b".RMF", Kind("RealMedia", "rm")),
    (0, b"FLV", Kind("FLV", "flv")),
    (0, b"\x00\x00\x01\xba", Kind("MPEG program stream", "mpeg")),
    (0, b"\x0b\x77", Kind("AC-3", "ac3,eac3")),
    (0, b"\x7f\xfe\x80\x01", Kind("DTS", "dts")),
    (0, b"tBaK", Kind("TAK", "tak")),
    (0, b"\x89PNG", Kind("a PNG picture", "", ())),
    (0, b"\xff\xd8\xff", Kind("a JPEG picture", "", ())),
    (0, b"GIF8", Kind("a GIF picture", "", ())),
    (0, b"II*\x00", Kind("a TIFF picture", "", ())),
    (0, b"MM\x00*", Kind("a TIFF picture", "", ())),
    (0, b"%PDF", Kind("a PDF document", "", ())),
    (0, b"%!PS", Kind("a PostScript document", "", ())),
    (0, b"PK\x03\x04", Kind("a zip archive", "", ())),
    (0, b"Rar!", Kind("a RAR archive", "", ())),
    (0, b"7z\xbc\xaf\x27\x1c", Kind("a 7z archive", "", ())),
    (0, b"\x1f\x8b", Kind("gzip-compressed data", "", ())),
    (0, b"BZh", Kind("bzip2-compressed data", "", ())),
    (0, b"\xfd7zXZ\x00", Kind("xz-compressed data", "", ())),
    (0, b"\x7fELF", Kind("a program", "", ())),
    (0, b"MThd", Kind("a MIDI score, which holds notes and no sound", "", ())),
    (0, b"SQLite format 3", Kind("an SQLite database", "", ())),
)

_RIFF_FORMS = {
    b"WAVE": Kind("WAV", "wav", _BOTH),
    b"AVI ": Kind("AVI", "avi"),
    b"WEBP": Kind("a WebP picture", "", ()),
    b"RMID": Kind("a MIDI score, which holds notes and no sound", "", ()),
}
_IFF_FORMS = {
    b"AIFF": Kind("AIFF", "aiff", _BOTH),
    b"AIFC": Kind("AIFF", "aiff", _BOTH),
    b"8SVX": Kind("8SVX", "iff", _BOTH),
    b"16SV": Kind("16SVX", "iff", _BOTH),
}
# FFmpeg gives the packets after a seek in Ogg the times that Opus needs; in Vorbis they may be wrong by some
# hundred samples, in FLAC by a whole page.
_OGG_CODECS = {
    b"\x01vorbis": Kind("Ogg Vorbis", "ogg", _BOTH, searchable=False),
    b"OpusHead": Kind("Ogg Opus", "ogg", _FFMPEG_FIRST),
    b"\x7fFLAC": Kind("Ogg FLAC", "ogg", _FFMPEG_FIRST, searchable=False),
}
_OTHER_OGG = Kind("Ogg", "ogg", searchable=False)
_WAV_CODECS_OF_LIBSNDFILE = {1, 2, 3, 6, 7, 0x11, 0x31, 0xFFFE}

_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
"""Bytes that no text holds."""

_UNKNOWN = Kind("nothing known", PROBED)


def sniff(source: ByteSource) -> Kind:
    """What the content is.

    Args:
        source: the bytes; its place is left as it was.

    Example:
        >>> import io
        >>> sniff(ByteSource(io.BytesIO(b"fLaC" + bytes(100)), owned=False)).name
        'FLAC'
        >>> sniff(ByteSource(io.BytesIO(b"Dear diary, " * 20), owned=False))
        Kind(name='text', container='', readers=(), searchable=True, origin=0)
    """
    origin = id3v2_end(source)
    head = source.peek(origin, WINDOW)
    kind = _by_magic(head)
    if kind is not None and (kind.is_sound or not origin):
        return replace(kind, origin=origin) if origin else kind
    found = find_frames(source, origin)
    if found is not None:
        if origin:  # the tag may claim some of the sound for itself
            found = find_frames_in_tag(source, origin) or found
        return replace(_of_frames(found.what), origin=found.place)
    kind = kind or _by_look(head)
    if kind is _UNKNOWN or origin or head[:3] == b"ID3":
        place = find_container(source, origin)
        if place is not None:
            kind = _by_magic(source.peek(place, WINDOW)) or _UNKNOWN
            # in Ogg the bytes before count as a link that cannot be read, which gives a warning
            return replace(kind, origin=origin if kind.container == "ogg" else place)
    if origin and not kind.is_sound and kind is not _UNKNOWN:
        return Kind(f"an ID3 tag before {kind.name}", "", ())
    return replace(kind, origin=origin) if origin else kind


def id3v2_end(source: ByteSource) -> int:
    """Where the ID3v2 tags at the beginning end, however large their covers are; 0 where there is none.

    Example:
        >>> import io
        >>> tag = b"ID3\\x03\\x00\\x00" + bytes([0, 0, 1, 0]) + bytes(128)
        >>> id3v2_end(ByteSource(io.BytesIO(tag + tag + b"sound"), owned=False))
        276
    """
    end = 0
    for _ in range(MOST_TAGS):
        header = source.peek(end, 10)
        if len(header) < 10 or header[:3] != b"ID3" or max(header[6:10]) > 127:
            break
        size = header[6] << 21 | header[7] << 14 | header[8] << 7 | header[9]
        footer = 10 if header[5] & 0x10 else 0
        if end + 10 + size + footer >= source.size:
            break
        end += 10 + size + footer
    return end


def _by_magic(head: bytes) -> Kind | None:
    if head[:4] in (b"RIFF", b"RIFX"):
        return _riff(head)
    if head[:4] == b"FORM":
        return _IFF_FORMS.get(head[8:12])
    if head[:4] == b"OggS":
        return _ogg(head)
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return Kind("MPEG transport stream", "mpegts")
    return next((kind for at, magic, kind in _MAGIC if head[at : at + len(magic)] == magic), None)


def _riff(head: bytes) -> Kind | None:
    kind = _RIFF_FORMS.get(head[8:12])
    at = head.find(b"fmt ", 12)
    if kind is not None and kind.container == "wav" and head[:4] == b"RIFF" and at > 0:
        codec = int.from_bytes(head[at + 8 : at + 10], "little")
        if codec not in _WAV_CODECS_OF_LIBSNDFILE:
            return Kind("WAV", "wav")
    return kind


def _ogg(head: bytes) -> Kind:
    payload = head[27 + head[26] :] if len(head) > 27 else b""
    return next((kind for magic, kind in _OGG_CODECS.items() if payload.startswith(magic)), _OTHER_OGG)


def _of_frames(what: FrameHeader | FreeFormat) -> Kind:
    if isinstance(what, FreeFormat):
        return Kind("MP3 of free format", "mp3", ("free-format",))
    return Kind("MP3", "mp3") if what.kind == "mp3" else Kind("AAC", "aac")


def _by_look(head: bytes) -> Kind:
    if not any(head):
        return Kind("only zero bytes", "", ())
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Kind("text", "", ())
    sample = head[:4096]
    if sample.translate(None, _CONTROL) != sample:
        return _UNKNOWN
    try:
        sample.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 3:
            return _UNKNOWN
    beginning = sample.lstrip()[:15].lower()
    return Kind("a web page" if beginning.startswith((b"<!doctype html", b"<html")) else "text", "", ())
