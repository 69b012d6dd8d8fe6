"""The contract of a sink, and the sink that a file's suffix asks for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from genrelens.errors import OutputError, shown

Row = Mapping[str, Any]
SUFFIXES = (".jsonl", ".csv", ".sqlite", ".parquet")


class Sink(ABC):
    """Takes result rows; what was written survives an interruption.

    Args:
        path: the file.
        bundle: the identity of the bundle that answers; rows of another bundle do not count as done.
        resume: go on with an existing file.

    Attributes:
        done: the paths that already have a row of status ok by this bundle.

    Raises:
        OutputError: the file exists and `resume` is off, or it cannot be read or written.
    """

    def __init__(self, path: Path, bundle: str, resume: bool) -> None:
        self.path = path
        self.bundle = bundle
        self.done: set[str] = set()
        try:
            if path.exists() and not resume:
                raise OutputError(
                    f"{shown(path)} exists; add --resume to go on with it, or choose another file"
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            self.open()
        except OSError as error:
            raise OutputError(f"{shown(path)} cannot be written ({error.strerror or error})") from error

    @abstractmethod
    def open(self) -> None:
        """Opens the file and fills `done`."""

    @abstractmethod
    def write(self, row: Row) -> None:
        """Adds a row, replacing an earlier one of the same path where the format can."""

    @abstractmethod
    def close(self) -> None:
        """Makes everything written durable."""

    def remember(self, row: Row) -> None:
        """Counts an existing row as done when this bundle answered it."""
        if row.get("status") == "ok" and row.get("bundle") == self.bundle:
            self.done.add(str(row.get("path")))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_sink(path: Path, bundle: str, *, resume: bool = False) -> Sink:
    """The sink for a file, chosen by its suffix: .jsonl, .csv, .sqlite or .parquet.

    Raises:
        OutputError: another suffix, a file in the way, or no way to write there.
    """
    from genrelens.catalogue import table_sinks, text_sinks

    kinds: dict[str, type[Sink]] = {
        ".jsonl": text_sinks.JsonLinesSink,
        ".csv": text_sinks.CsvSink,
        ".sqlite": table_sinks.SqliteSink,
        ".parquet": table_sinks.ParquetSink,
    }
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise OutputError(f"{shown(path)}: results go to a file that ends in {', '.join(SUFFIXES)}")
    return kind(path, bundle, resume)
