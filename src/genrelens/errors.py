"""All errors that genrelens raises; each text tells the user what to do.

Every exception that genrelens raises on purpose derives from `GenreLensError`; its text is one sentence
that states what happened, to which file, and what helps.

```
GenreLensError
├── AudioError          one recording cannot be decoded; the others go on
│   ├── MissingFile     nothing lies at that path
│   ├── NotAFile        a directory, a socket, a device
│   ├── NoPermission    the system refuses to open it
│   ├── EmptyFile       zero bytes
│   ├── NotAudio        no decoder finds sound in the content
│   ├── TooShort        under one second of sound
│   ├── DecodeFailed    sound is announced, none could be decoded
│   ├── TookTooLong     the time that one file may take is over, or nothing moved for too long
│   ├── TookTooMuchMemory  more memory was needed than one file may have
│   ├── DecoderCrashed  the process that decoded it died
│   ├── AllSilent       there is no sound in it that a vector could be computed from
│   └── InternalError   a fault in genrelens itself; the others go on
├── SourceError         what was given as a recording can be none: no path, no file object, no array
├── BundleError         a bundle is damaged, hostile, or of another major version
├── GraphError          an ONNX file that genrelens does not give to a runtime
├── SignalError         an array is no mono signal that features can be computed from
├── InputError          no input has that name, or it is no vector
├── EncoderError        a pretrained network is absent or could not be fetched
├── DataError           a data set cannot be used as it is
├── RecipeError         a recipe has an unknown key or an impossible value
├── OutputError         a result cannot be written where it was asked for
└── WorkerError         no worker process can be started
```

All of them can be pickled and copied, and keep their type, text and attributes.
"""

from __future__ import annotations

import os
import re
from typing import Any, Self


class ShownPath(str):
    """A path that `shown` has made text of already; showing it again changes nothing."""

    __slots__ = ()


def shown(path: object) -> ShownPath:
    r"""A path as text that any JSON writer takes, whatever bytes the name holds, and that no other name has.

    Bytes that are no UTF-8 are shown as hexadecimal escapes. Where letters of the name itself read like such
    an escape, the backslashes before them are doubled, and so are backslashes right before an escaped byte.
    Every other name is shown as it is. So two names are never shown alike.

    Example:
        >>> print(shown("song.mp3"), shown("C:\\Music\\song.mp3"))
        song.mp3 C:\Music\song.mp3
        >>> print(shown(b"caf\xe9.mp3"))
        caf\xe9.mp3
        >>> print(shown(b"caf\\xe9.mp3"))
        caf\\xe9.mp3
    """
    if isinstance(path, ShownPath):
        return path
    text = _bytes_of(path).decode("utf-8", "surrogateescape")
    doubled = _BACKSLASHES_BEFORE_ESCAPE.sub(r"\g<0>\g<0>", text)
    return ShownPath(doubled.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))


_BACKSLASHES_BEFORE_ESCAPE = re.compile(r"\\+(?=x[89a-f][0-9a-f]|[\udc80-\udcff])")


def _bytes_of(path: object) -> bytes:
    name = os.fspath(path) if isinstance(path, str | bytes | os.PathLike) else str(path)
    try:
        return os.fsencode(name)
    except UnicodeEncodeError:  # half a character, which no file's name holds
        return str(name).encode("utf-8", "surrogatepass")


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
    """Root of all errors that genrelens raises on purpose.

    Example:
        >>> import pickle
        >>> pickle.loads(pickle.dumps(EmptyFile("a.mp3", "has no bytes"))).path
        'a.mp3'
    """

    def __reduce__(self) -> tuple[Any, ...]:
        # by default an exception is made again from its text alone, which subclasses need not take
        return _made_again, (type(self), self.args), self.__dict__


def _made_again(kind: type[GenreLensError], arguments: tuple[Any, ...]) -> GenreLensError:
    """An error of that type, without running an initialiser that may want other arguments."""
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    return error


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

    def about(self, path: object) -> Self:
        """The same of another file.

        Example:
            >>> EmptyFile("a.mp3", "has no bytes").about("copy of a.mp3")
            EmptyFile('copy of a.mp3: has no bytes')
        """
        return type(self)(path, self.reason)


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


class TookTooLong(AudioError):
    """The time that one file may take is over, or nothing moved for too long."""


class TookTooMuchMemory(AudioError):
    """More memory was needed than one file may have."""


class DecoderCrashed(AudioError):
    """The process that decoded the file died."""


class AllSilent(AudioError):
    """There is no sound in the recording that a vector could be computed from."""


class InternalError(AudioError):
    """An error in genrelens's own code, met with this recording; a log gives the place in the code."""


class SourceError(GenreLensError, TypeError):
    """What was given as a recording can be none: it is no path, no file object, and no array with a rate."""


class BundleError(GenreLensError):
    """A bundle is damaged, hostile, or of another major version."""


class GraphError(GenreLensError):
    """An ONNX file that is damaged, hostile, too costly, or not of the kind that genrelens writes."""


class SignalError(GenreLensError, ValueError):
    """An array is no mono signal of finite floats."""


class InputError(GenreLensError, ValueError):
    """No input that can be computed of a recording has that name, or it is a sequence and no vector."""


class EncoderError(GenreLensError):
    """A pretrained network is absent, has the wrong checksum, or could not be fetched."""


class DataError(GenreLensError):
    """A data set cannot be used as it is."""


class RecipeError(GenreLensError):
    """A recipe has an unknown key or an impossible value."""


class PluginError(GenreLensError):
    """What another package adds to this one cannot be used."""


class OutputError(GenreLensError):
    """A result cannot be written where it was asked for."""


class WorkerError(GenreLensError):
    """No worker process can be started."""
