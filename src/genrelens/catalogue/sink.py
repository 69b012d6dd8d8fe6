"""The interface of a sink, and what all sinks have in common: lock, recordings done, error messages."""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from genrelens.atomic_files import remove_leftovers
from genrelens.catalogue.columns import Row
from genrelens.catalogue.done import DoneFiles
from genrelens.catalogue.file_identity import FileIdentity
from genrelens.catalogue.lock import OutputLock
from genrelens.errors import OutputError, shown

GO_ON = "run the same command again with --resume"


class Sink(ABC):
    """Takes result rows. Written rows survive an interruption, and no other run can write meanwhile.

    Used in a `with` block, or closed by the caller.

    Args:
        path: the file.
        bundle: the identity of the bundle that predicts.
        resume: go on with an existing file.
        options: those that change a result (`excerpts`, `always_answer`), which are added to every row; None
            ignores options.

    Attributes:
        done: the recordings that need no new result: `recording in sink.done`.

    Raises:
        OutputError: the file exists and `resume` is off, another run writes it, it holds something else, or
            it cannot be read or written.
    """

    def __init__(
        self, path: Path, bundle: str, resume: bool, options: Mapping[str, Any] | None = None
    ) -> None:
        self.path = path
        self.place = Path(os.path.realpath(path))
        self.done = DoneFiles(bundle, options)
        self._options = options
        self._lock: OutputLock | None = None
        try:
            self._refuse_what_is_no_file()
            self.place.parent.mkdir(parents=True, exist_ok=True)
            self._lock = OutputLock(self.place)
            if not resume:
                self._refuse_what_exists()
            elif self.place.exists() and not os.access(self.place, os.W_OK):
                raise PermissionError(None, "it may not be written to")
            remove_leftovers(self.place)
            self.open()
        except BaseException as error:
            self._release_all()
            if isinstance(error, OSError):
                raise OutputError(
                    f"{shown(path)} cannot be written ({error.strerror or error}); choose another file"
                ) from error
            raise

    def write(self, row: Row, file: FileIdentity | None = None) -> None:
        """Adds a row; it counts instead of an earlier one of the same file.

        Args:
            row: as `Prediction.to_dict` and `Failure.to_dict` give it; it gets `file` and `options`.
            file: the one that it is about, as it was before it was decoded; by default the one that is at the
                row's path now.

        Raises:
            OutputError: it cannot be written; the rows before it are safe.
        """
        try:
            self.add(completed(row, self._options, file))
        except OSError as error:
            raise self.stopped(error) from error

    def close(self) -> None:
        """Makes everything written durable, and the file complete.

        Raises:
            OutputError: that cannot be; the rows are safe.
        """
        if self._lock is None:
            return
        try:
            self.finish()
        except OSError as error:
            raise self.stopped(error) from error
        finally:
            self._release_all()

    def stopped(self, error: Exception) -> OutputError:
        """The error for a disk that is full or fails: which rows are safe, and where."""
        why = getattr(error, "strerror", None) or error
        what = f"{shown(self.path)} cannot be written ({why})"
        if not self.safe_rows:
            return OutputError(f"{what}; make room or choose another file")
        rows = f"{self.safe_rows} rows are" if self.safe_rows > 1 else "1 row is"
        return OutputError(f"{what}; {rows} safe in {shown(self.safe_place)}: make room, then {GO_ON}")

    @property
    @abstractmethod
    def safe_rows(self) -> int:
        """How many rows are safe on the disk."""

    @property
    def safe_place(self) -> Path:
        """The file that has them."""
        return self.path

    @abstractmethod
    def open(self) -> None:
        """Opens the files and fills `done`; the lock is already held."""

    @abstractmethod
    def add(self, row: Row) -> None:
        """Writes a complete row."""

    @abstractmethod
    def finish(self) -> None:
        """Makes the file complete."""

    @abstractmethod
    def release(self) -> None:
        """Closes all that is open; never fails."""

    def leftover(self) -> Path | None:
        """A file that an earlier run left and a new one would overwrite."""
        return self.path if os.path.lexists(self.place) else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OutputError):
            self._release_all()
        else:
            self.close()

    def _release_all(self) -> None:
        self.release()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _refuse_what_is_no_file(self) -> None:
        try:
            mode = os.stat(self.place).st_mode
        except FileNotFoundError:
            return
        if stat.S_ISDIR(mode):
            raise OutputError(f"{shown(self.path)} is a folder; give --out the name of a file in it")
        if not stat.S_ISREG(mode):
            raise OutputError(
                f"{shown(self.path)} is no regular file; print with --format jsonl or csv instead of --out"
            )

    def _refuse_what_exists(self) -> None:
        found = self.leftover()
        if found is not None:
            raise OutputError(f"{shown(found)} exists; add --resume to go on with it, or choose another file")


def completed(
    row: Row, options: Mapping[str, Any] | None = None, file: FileIdentity | None = None
) -> dict[str, Any]:
    """A row with the options and the file that it is about, where it lacks them."""
    whole = dict(row)
    if options is not None and not row.get("options"):
        whole["options"] = dict(options)
    if file is not None or not row.get("file"):
        whole["file"] = vars(file or FileIdentity.of_shown(str(row.get("path"))))
    return whole
