"""The arguments of a command: its recordings, and how many excerpts of each."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import typer

from genrelens.errors import DataError, GenreLensError, shown

if TYPE_CHECKING:
    from genrelens.recognition.recognizer import Source


@dataclass
class Gathered:
    """The recordings to recognise, and the errors of folders that cannot be read."""

    sources: list[Source]
    problems: list[GenreLensError]

    @property
    def names(self) -> list[str]:
        """The names of the sources in results."""
        from genrelens.recognition.streams import name_of

        return [name_of(source) for source in self.sources]


def gather(paths: list[str]) -> Gathered:
    """The recordings that arguments name: files, all sound files of folders, standard input for "-".

    Raises:
        DataError: an argument names none.
        GenreLensError: nothing of what they name may be read.
    """
    from genrelens.audio import find_audio

    found = Gathered([], [])
    for path in paths:
        if path == "-":
            if sys.stdin is None or sys.stdin.closed:
                raise DataError("standard input is closed; give it a recording, or name a file")
            found.sources.append(sys.stdin.buffer)
            continue
        raw = os.fsencode(path)
        before = len(found.sources), len(found.problems)
        found.sources.extend(find_audio([raw], on_error=found.problems.append))
        if (len(found.sources), len(found.problems)) == before:
            raise DataError(f"{shown(raw)} holds no sound files; name another folder or a file")
    if found.problems and not found.sources:
        raise found.problems[0]
    return found


def excerpt_count(text: str) -> int | Literal["all"]:
    """The value of `--excerpts`.

    Raises:
        BadParameter: it is neither a number from 1 on nor `all`.
    """
    if text == "all":
        return "all"
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise typer.BadParameter(f"{text!r} is neither a number from 1 on nor 'all'", param_hint="--excerpts")
