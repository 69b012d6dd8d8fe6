"""`genrelens cache`: shows and removes computed features that are kept."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.output import Format, emit, messages, write_line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from genrelens.feature_store import StoreInfo

INFO_EPILOG = """[bold]Examples[/bold]

  genrelens cache info

  genrelens cache info --format json
"""
CLEAR_EPILOG = """[bold]Examples[/bold]

  genrelens cache clear --older-than 30d

  genrelens cache clear --all --yes
"""
PATH_EPILOG = """[bold]Examples[/bold]

  genrelens cache path

  GENRELENS_CACHE=/scratch/genrelens genrelens cache path
"""
UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}

cache = typer.Typer(
    name="cache",
    help="Features that were computed and kept: what is there, removing it.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    epilog=INFO_EPILOG,
)
CacheFolder = Annotated[
    str | None, typer.Option("--cache", metavar="DIR", help="Another cache than the usual one.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(cache)


@cache.command(epilog=INFO_EPILOG)
def info(
    folder: CacheFolder = None,
    format: Annotated[Format, typer.Option(help="How it is printed.")] = Format.table,
) -> None:
    """Shows what the cache holds: size, rows by input, data sets."""
    from genrelens.feature_store import FeatureStore

    found = FeatureStore(folder).info()
    if format is Format.table:
        emit([], format, table=lambda _: _picture(found))
    else:
        emit(_rows(found), format, table=_no_table)


@cache.command(epilog=CLEAR_EPILOG)
def clear(
    folder: CacheFolder = None,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="AGE", help="Remove what was not used for so long, such as 12h, 30d, 8w."),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Remove everything.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Removes kept features; they are computed again when they are needed."""
    from genrelens.feature_store import FeatureStore

    if all == (older_than is not None):
        raise typer.BadParameter("give --older-than AGE or --all")
    age_s = None if older_than is None else seconds(older_than)
    store = FeatureStore(folder)
    what = "everything" if older_than is None else f"what was not used for {older_than}"
    if not yes:
        question = f"Remove {what} from {store.folder} ({in_bytes(store.info().bytes)} in all)?"
        typer.confirm(question, abort=True, err=True)
    freed = store.clear(age_s)
    messages().print(f"{in_bytes(freed)} freed in {store.folder}", markup=False, soft_wrap=True)


@cache.command(epilog=PATH_EPILOG)
def path() -> None:
    """Prints the folder of the cache; it need not exist yet."""
    from genrelens.feature_store import default_folder

    write_line(str(default_folder()))


def seconds(age: str) -> float:
    """The seconds of an age such as 30d.

    Raises:
        typer.BadParameter: it is no number with a unit.

    Example:
        >>> seconds("12h"), seconds("1.5d")
        (43200.0, 129600.0)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", age)
    if match is None:
        raise typer.BadParameter(f"{age!r} is no age; write a number and s, m, h, d or w, such as 30d")
    return float(match[1]) * UNITS_S[match[2]]


def in_bytes(count: int) -> str:
    """A number of bytes for people.

    Example:
        >>> in_bytes(0), in_bytes(1_234_567)
        ('0 B', '1.2 MB')
    """
    step = min(4, int(math.log(count, 1000))) if count else 0
    return f"{count} B" if step == 0 else f"{count / 1000**step:.1f} {'kMGT'[step - 1]}B"


def _rows(found: StoreInfo) -> list[dict[str, Any]]:
    """One row for the whole, one for each input, one for each data set."""
    whole = {
        "what": "cache",
        "name": str(found.folder),
        "recordings": found.recordings,
        "rows": found.rows,
        "bytes": found.bytes,
    }
    parts = [("input", part) for part in found.inputs] + [("data set", part) for part in found.data_sets]
    return [
        whole,
        *(
            {
                "what": what,
                "name": part.name,
                "recordings": part.recordings,
                "rows": part.rows,
                "bytes": part.bytes,
            }
            for what, part in parts
        ),
    ]


def _no_table(_: list[Any]) -> RenderableType:
    return ""


def _picture(found: StoreInfo) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    used = f"{in_bytes(found.bytes)} of at most {in_bytes(found.most_bytes)}"
    head = Text(f"{found.folder}\n{used}, {found.recordings} recordings", overflow="fold")
    if not found.recordings:
        return Text(f"{found.folder}\nempty", overflow="fold")
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("", style="dim", no_wrap=True)
    table.add_column("name", overflow="fold")
    for name in ("recordings", "rows", "size"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in _rows(found)[1:]:
        size = in_bytes(row["bytes"])
        table.add_row(row["what"], Text(row["name"]), str(row["recordings"]), str(row["rows"]), size)
    return Group(head, "", table)
