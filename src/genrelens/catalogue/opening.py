"""The sink that a file's suffix asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from genrelens.catalogue.sink import Sink
from genrelens.errors import OutputError, shown

SUFFIXES = (".jsonl", ".csv", ".sqlite", ".parquet")


def open_sink(
    path: Path, bundle: str, *, resume: bool = False, options: Mapping[str, Any] | None = None
) -> Sink:
    """The sink for a file, chosen by its suffix: .jsonl, .csv, .sqlite or .parquet.

    Args:
        path: the file of results.
        bundle: the identity of the bundle that answers.
        resume: go on with an existing file, or with what an interrupted run left.
        options: those that shape an answer; see `Sink`.

    Raises:
        OutputError: another suffix, a file in the way, another run that writes it, or no way to write there.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     out = Path(folder) / "rows.jsonl"
        ...     with open_sink(out, "default:0123456789ab") as sink:
        ...         sink.write({"schema": 1, "path": "-", "status": "ok", "genre": "jazz"})
        ...     out.read_text()[:40]
        '{"schema": 1, "path": "-", "status": "ok'
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise OutputError(f"{shown(path)}: results go to a file that ends in {', '.join(SUFFIXES)}")
    return kind()(path, bundle, resume, options)


def _json_lines() -> type[Sink]:
    from genrelens.catalogue.text_sinks import JsonLinesSink

    return JsonLinesSink


def _csv() -> type[Sink]:
    from genrelens.catalogue.text_sinks import CsvSink

    return CsvSink


def _sqlite() -> type[Sink]:
    from genrelens.catalogue.sqlite_sink import SqliteSink

    return SqliteSink


def _parquet() -> type[Sink]:
    from genrelens.catalogue.parquet_sink import ParquetSink

    return ParquetSink


_KINDS: dict[str, Callable[[], type[Sink]]] = dict(
    zip(SUFFIXES, (_json_lines, _csv, _sqlite, _parquet), strict=True)
)
