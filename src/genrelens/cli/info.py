"""`genrelens info`: describes a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.output import Format, emit

if TYPE_CHECKING:
    from rich.console import RenderableType

EPILOG = """[bold]Examples[/bold]

  genrelens info

  genrelens info my.bundle --format json
"""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog=EPILOG)(info)


def info(
    bundle: Annotated[
        str | None, typer.Argument(metavar="[BUNDLE]", help="A bundle in the package or a .bundle file.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How it is printed.")] = Format.table,
) -> None:
    """Describes a bundle: genres, members, encoders, accuracy, licences, checksum."""
    from genrelens.bundle import find_bundle, read_bundle

    opened = read_bundle(find_bundle(bundle))
    row = opened.describe()
    emit([row | {"training": _readable(row["training"]), "notices": _notices(row)}], format, _pictures)


def _notices(row: Any) -> list[str]:
    """What a user of the bundle must know and its card may lack."""
    from genrelens.evaluation.gtzan import COLLECTION, LICENCE_NOTE

    data = row["training"].get("data")
    data = data if isinstance(data, dict) else {}
    collections = data.get("collections")
    notices = []
    if COLLECTION in str(data.get("name", "")).split(" + ") or COLLECTION in (collections or ()):
        notices.append(LICENCE_NOTE)
    known, tracks = data.get("artists_known"), data.get("tracks")
    if data and known is None:
        notices.append("made before bundles recorded for how many tracks the artist was known")
    elif data and known != tracks:
        notices.append(f"artist known for {known} of {tracks} tracks")
    return notices


def _readable(training: Any) -> dict[str, Any]:
    """The training record without the digests of tracks, which only `evaluate` reads."""
    return {key: value for key, value in training.items() if key != "tracks"}


def _pictures(rows: list[Any]) -> RenderableType:
    return _picture(rows[0])


def _picture(row: Any) -> RenderableType:
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("bundle", Text(f"{row['name']}  {row['size_bytes'] / 1e6:.1f} MB  {row['path']}"))
    facts.add_row("sha256", Text(row["sha256"]))
    facts.add_row("genres", Text(", ".join(row["genres"])))
    facts.add_row("votes", Text(row["combination"]))
    for key, value in row["card"].items():
        facts.add_row(Text(key.replace("_", " ")), Text(_plain(value)))
    for notice in row["notices"]:
        facts.add_row("note", Text(notice))
    for encoder in row["encoders"]:
        facts.add_row("encoder", Text(f"{encoder['name']} ({encoder['licence']}), {encoder['from']}"))
    for name, licence in row["licences"].items():
        facts.add_row("licence", Text(f"{name}: {licence}"))
    members = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("member", "architecture", "inputs"):
        members.add_column(column, overflow="fold")
    members.add_column("out-of-fold accuracy", justify="right")
    for member in row["members"]:
        accuracy = "" if member["accuracy"] is None else f"{member['accuracy']:.1%}"
        members.add_row(member["name"], member["architecture"], ", ".join(member["inputs"]), accuracy)
    return Group(facts, Padding(members, (1, 0, 0, 0)))


def _plain(value: Any) -> str:
    """A card's value in words: nested tables as `name value` lists."""
    if isinstance(value, dict):
        return "; ".join(f"{key} {_plain(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
