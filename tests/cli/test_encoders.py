"""`genrelens encoders` as a user meets it: what is printed where, and the exit status."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from genrelens import plugins
from genrelens.cli import encoders
from genrelens.encoders import ENCODERS
from genrelens.errors import EncoderError


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.delenv("GENRELENS_WEIGHTS", raising=False)
    monkeypatch.setenv("GENRELENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GENRELENS_ENCODER_URL", "http://127.0.0.1:9")
    app = typer.Typer(rich_markup_mode="rich")
    app.callback()(lambda: None)
    encoders.register(app)
    return app


def test_the_list_names_all_with_licence_and_state(app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    printed = CliRunner().invoke(app, ["encoders", "list"])
    assert printed.exit_code == 0
    for spec in ENCODERS.values():
        assert spec.name in printed.stdout
        assert f"{spec.licence}, Copyright (c)" in printed.stdout
    assert printed.stdout.count("not fetched") == 3
    assert printed.stdout.count("in package") == 1


def test_machines_read_the_same_list(app: typer.Typer, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENRELENS_WEIGHTS", str(shared / "weights"))
    rows = json.loads(CliRunner().invoke(app, ["encoders", "list", "--format", "json"]).stdout)
    assert {row["name"]: row["outputs"] for row in rows} == {
        name: dict(spec.outputs) for name, spec in ENCODERS.items()
    }
    assert {row["state"] for row in rows} == {"weights folder"}
    lines = CliRunner().invoke(app, ["encoders", "list", "--format", "jsonl"]).stdout.splitlines()
    assert [json.loads(line) for line in lines] == rows
    table = csv.DictReader(
        io.StringIO(CliRunner().invoke(app, ["encoders", "list", "--format", "csv"]).stdout)
    )
    assert [row["name"] for row in table] == list(ENCODERS)


def test_the_path_of_a_carried_network_and_of_an_absent_one(app: typer.Typer) -> None:
    printed = CliRunner().invoke(app, ["encoders", "path", "musicnn"])
    assert printed.exit_code == 0
    assert Path(printed.stdout.strip()).name == "musicnn.onnx"
    absent = CliRunner().invoke(app, ["encoders", "path", "fcn"])
    assert isinstance(absent.exception, EncoderError)
    assert "genrelens encoders fetch fcn" in str(absent.exception)


def test_one_failure_does_not_stop_the_others_and_gives_status_1(app: typer.Typer) -> None:
    printed = CliRunner().invoke(app, ["encoders", "fetch", "fcn", "musicnn"])
    assert printed.exit_code == 1
    assert printed.stdout.startswith("musicnn: ")
    assert "cannot be reached" in printed.stderr
    assert CliRunner().invoke(app, ["encoders", "fetch", "musicnn"]).exit_code == 0


@pytest.mark.parametrize("arguments", [["fetch"], ["fetch", "fcn", "--all"], ["list", "--format", "xml"]])
def test_wrong_use_gives_status_2(app: typer.Typer, arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["encoders", *arguments]).exit_code == 2


def test_an_unknown_name_stops_before_anything_is_done(app: typer.Typer) -> None:
    printed = CliRunner().invoke(app, ["encoders", "fetch", "musicnn", "vggish"])
    assert isinstance(printed.exception, EncoderError)
    assert printed.stdout == ""


@pytest.mark.parametrize("command", [["list"], ["fetch"], ["path"]])
def test_every_help_has_two_examples(app: typer.Typer, command: list[str]) -> None:
    text = CliRunner().invoke(app, ["encoders", *command, "--help"]).stdout
    assert text.split("Examples")[1].count("genrelens encoders") >= 2


def test_a_network_of_another_package_whose_weights_are_missing_is_listed_and_says_where_they_belong(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = replace(ENCODERS["fcn"], name="theirs", archive="theirs.npz", upstream=None, convert=None)
    monkeypatch.setattr(plugins, "plugin", lambda group, name, kind: theirs if name == "theirs" else None)
    monkeypatch.setattr(plugins, "plugin_names", lambda group: ("theirs",))
    assert "theirs" in CliRunner().invoke(app, ["encoders", "list"]).stdout
    for command in ("path", "fetch"):
        printed = CliRunner().invoke(app, ["encoders", command, "theirs"])
        said = f"{printed.exception or ''}{' '.join(printed.stderr.split())}"
        assert "set GENRELENS_WEIGHTS to a folder that holds theirs.npz or theirs.onnx" in said
        assert "encoders fetch" not in said
