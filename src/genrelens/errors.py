"""What can go wrong, said so that a user knows what to do.

Every exception that genrelens raises on purpose derives from `GenreLensError`; its text is one sentence
that tells what happened, to which file, and what helps.

```
GenreLensError
├── AudioError          one recording cannot be heard; the others go on
│   ├── MissingFile     nothing lies at that path
│   ├── NotAFile        a directory, a socket, a device
│   ├── NoPermission    the system refuses to open it
│   ├── EmptyFile       zero bytes
│   ├── NotAudio        no decoder finds sound in the content
│   ├── TooShort        under one second of sound
│   └── DecodeFailed    sound is announced, none could be decoded
├── SourceError         what was given as a recording can be none: no path, no file object, no array
├── BundleError         a bundle is damaged, hostile, or of another major version
├── SignalError         an array is no mono signal that features can be computed from
├── EncoderError        a pretrained network is absent or could not be fetched
├── DataError           a data set cannot be used as it is
├── RecipeError         a recipe has an unknown key or an impossible value
└── OutputError         a result cannot be written where it was asked for
```
"""

from __future__ import annotations

import os


def shown(path: object) -> str:
    """A path as text that any terminal and any JSON writer takes, whatever bytes the name holds.

    Bytes that are no UTF-8 are shown as their hexadecimal escapes.

    Example:
        >>> shown(b"caf\\xe9.mp3")
        'caf\\\\xe9.mp3'
        >>> shown("song.mp3")
        'song.mp3'
    """
    raw = os.fsencode(path) if isinstance(path, str | bytes | os.PathLike) else str(path).encode()
    return raw.decode("utf-8", "backslashreplace")


LONGEST_NAME = 500
"""Characters of a name in a message; a longer one is cut in its middle."""


def brief(text: str, most: int = LONGEST_NAME) -> str:
    """A text that fits a message.

    Example:
        >>> brief("song.mp3"), brief("a" * 1000, 11)
        ('song.mp3', 'aaaaa…aaaaa')
    """
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most // 2) :]}"


class GenreLensError(Exception):
    """Root of all errors that genrelens raises on purpose."""


class AudioError(GenreLensError):
    """A recording that cannot be recognised, and why.

    Args:
        path: the file, or the name of the stream, as the user gave it.
        reason: the rest of the sentence: what is wrong and what to do.

    Example:
        >>> error = NotAudio("notes.mp3", "holds text, not sound; check the download")
        >>> error.kind, str(error)
        ('NotAudio', 'notes.mp3: holds text, not sound; check the download')
    """

    def __init__(self, path: object, reason: str) -> None:
        self.path = shown(path)
        self.reason = reason
        super().__init__(f"{brief(self.path)}: {reason}")

    @property
    def kind(self) -> str:
        """The name that stands in a result row's `error.kind`."""
        return type(self).__name__


class MissingFile(AudioError):
    """Nothing lies at that path."""


class NotAFile(AudioError):
    """A directory, a socket or a device where a file was expected."""


class NoPermission(AudioError):
    """The system refuses to open the file."""


class EmptyFile(AudioError):
    """The file has no bytes."""


class NotAudio(AudioError):
    """No decoder finds sound in the content."""


class TooShort(AudioError):
    """There is under one second of sound."""


class DecodeFailed(AudioError):
    """The content announces sound, but none of it could be decoded."""


class SourceError(GenreLensError, TypeError):
    """What was given as a recording can be none: it is no path, no file object, and no array with a rate."""


class BundleError(GenreLensError):
    """A bundle is damaged, hostile, or of another major version."""


class SignalError(GenreLensError, ValueError):
    """An array is no mono signal of finite floats."""


class EncoderError(GenreLensError):
    """A pretrained network is absent, has the wrong checksum, or could not be fetched."""


class DataError(GenreLensError):
    """A data set cannot be used as it is."""


class RecipeError(GenreLensError):
    """A recipe has an unknown key or an impossible value."""


class OutputError(GenreLensError):
    """A result cannot be written where it was asked for."""
