"""Opens the sink for a file, chosen by its suffix.

Other packages add formats through the entry points `genrelens.sinks`; each names a `SinkKind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genrelens import plugins
from genrelens.catalogue.sink import Sink
from genrelens.errors import OutputError, PluginError, shown


@dataclass(frozen=True)
class SinkKind:
    """A format of files of results.

    Attributes:
        name: the suffix of its files without the dot, in lower case: `jsonl`.
        meaning: what such a file is, in one line.
        load: returns the class; what it needs is imported only then. The class is called with a path, the
            identity of the bundle, whether to resume, and the options; see `Sink`.
    """

    name: str
    meaning: str
    load: Callable[[], type[Sink]]


def sink_names() -> tuple[str, ...]:
    """The suffixes, without the dot, of the package's formats, then of those of other packages.

    Example:
        >>> sink_names()[:2]
        ('jsonl', 'csv')
    """
    return plugins.all_names(SINKS, plugins.SINKS)


def find_sink(name: str) -> SinkKind | None:
    """The format of that suffix (without the dot), of this package or another, or None where there is none.

    Raises:
        PluginError: another package's format cannot be loaded.
    """
    return plugins.find(SINKS, plugins.SINKS, name, SinkKind)


def open_sink(
    path: Path, bundle: str, *, resume: bool = False, options: Mapping[str, Any] | None = None
) -> Sink:
    """The sink for a file, chosen by its suffix; `sink_names` has all.

    Args:
        path: the file of results.
        bundle: the identity of the bundle that predicts.
        resume: go on with an existing file, or with the journal of an interrupted run.
        options: those that change a result; see `Sink`.

    Raises:
        OutputError: another suffix, a file in the way, another run that writes it, or a place that
            cannot be written.
        PluginError: another package's format cannot be loaded, or is no sink.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     out = Path(folder) / "rows.jsonl"
        ...     with open_sink(out, "default:0123456789ab") as sink:
        ...         sink.write({"schema": 1, "path": "-", "status": "ok", "genre": "jazz"})
        ...     out.read_text()[:40]
        '{"schema": 1, "path": "-", "status": "ok'
    """
    kind = find_sink(path.suffix.lower().removeprefix("."))
    if kind is None:
        suffixes = ", ".join(f".{name}" for name in sink_names())
        raise OutputError(f"{shown(path)}: results go to a file that ends in {suffixes}")
    sink = kind.load()
    if not (isinstance(sink, type) and issubclass(sink, Sink)):
        raise PluginError(
            f"the format {kind.name!r} is no kind of sink; update or uninstall the package that it comes from"
        )
    return sink(path, bundle, resume, options)


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


SINKS: Mapping[str, SinkKind] = {
    one.name: one
    for one in (
        SinkKind("jsonl", "one JSON object a line", _json_lines),
        SinkKind("csv", "a header and one record a row", _csv),
        SinkKind("sqlite", "a table `results`", _sqlite),
        SinkKind("parquet", "columns, for data frames (needs pyarrow)", _parquet),
    )
}
"""The package's own, by suffix without the dot."""
