"""Formats of result files of other packages: used by their suffix, or refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from result_rows import BUNDLE, row

from genrelens import plugins
from genrelens.catalogue import SinkKind, open_sink, sink_names
from genrelens.catalogue.text_sinks import JsonLinesSink
from genrelens.errors import OutputError, PluginError


@pytest.fixture
def provide(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Makes a format `ndjson` be there as if its package were installed."""

    def provide(loaded: object) -> None:
        theirs = SinkKind("ndjson", "JSON lines by another name", lambda: loaded)  # type: ignore[arg-type,return-value]
        monkeypatch.setattr(plugins, "plugin", lambda group, name, kind: theirs if name == "ndjson" else None)
        monkeypatch.setattr(plugins, "plugin_names", lambda group: ("csv", "ndjson"))

    return provide


def test_its_suffix_chooses_it_in_any_case(provide: Callable[[object], None], tmp_path: Path) -> None:
    provide(JsonLinesSink)
    with open_sink(tmp_path / "rows.NDJSON", BUNDLE) as sink:
        sink.write(row("a.mp3"))
    assert '"path": "a.mp3"' in (tmp_path / "rows.NDJSON").read_text("utf-8")
    assert sink_names() == ("jsonl", "csv", "sqlite", "parquet", "ndjson")


def test_an_unknown_suffix_is_refused_with_all_that_there_are(
    provide: Callable[[object], None], tmp_path: Path
) -> None:
    provide(JsonLinesSink)
    with pytest.raises(OutputError, match=r"ends in \.jsonl, \.csv, \.sqlite, \.parquet, \.ndjson"):
        open_sink(tmp_path / "rows.xlsx", BUNDLE)
    with pytest.raises(OutputError, match="results go to a file"):
        open_sink(tmp_path / "rows", BUNDLE)


@pytest.mark.parametrize("loaded", [None, dict, JsonLinesSink.open])
def test_what_is_no_sink_is_refused_and_nothing_is_written(
    provide: Callable[[object], None], tmp_path: Path, loaded: object
) -> None:
    provide(loaded)
    with pytest.raises(PluginError, match="'ndjson' is no kind of sink"):
        open_sink(tmp_path / "rows.ndjson", BUNDLE)
    assert list(tmp_path.iterdir()) == []
