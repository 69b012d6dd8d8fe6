"""`genrelens encoders`: the pretrained networks, their licences, where they are, and fetching them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.output import Format, complain, emit, write_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress, TaskID

LIST_EPILOG = """[bold]Examples[/bold]

  genrelens encoders list

  genrelens encoders list --format json
"""
FETCH_EPILOG = """[bold]Examples[/bold]

  genrelens encoders fetch fcn mn04

  GENRELENS_ENCODER_URL=https://mirror.example.org genrelens encoders fetch --all
"""
PATH_EPILOG = """[bold]Examples[/bold]

  genrelens encoders path musicnn

  GENRELENS_WEIGHTS=weights genrelens encoders path fcn
"""

encoders = typer.Typer(
    name="encoders",
    help="The pretrained networks: what they are, where they are kept, fetching them.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    epilog=LIST_EPILOG,
)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(encoders)


@encoders.command("list", epilog=LIST_EPILOG)
def list_encoders(
    format: Annotated[Format, typer.Option(help="How it is printed.")] = Format.table,
) -> None:
    """Lists the networks: rate, outputs, licence, source, where each is."""
    from genrelens.encoders import encoder_names

    emit((_row(name) for name in encoder_names()), format, table=_table)


@encoders.command(epilog=FETCH_EPILOG)
def fetch(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Which networks.")] = None,
    all: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """Downloads networks, verifies their checksums and keeps them; networks on this machine are skipped."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from genrelens.cli.output import messages
    from genrelens.encoders import encoder_names, encoder_spec
    from genrelens.encoders.fetch import fetch as fetch_encoder
    from genrelens.errors import EncoderError

    if bool(names) == all:
        raise typer.BadParameter("name the networks to fetch, or give --all")
    wanted = list(encoder_names()) if all else [encoder_spec(name).name for name in names or []]
    console = messages()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(compact=True),
    )
    failed = False
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        for name in wanted:
            bar = bars.add_task(name, total=None)
            try:
                path = fetch_encoder(name, partial(_advance, bars, bar))
            except EncoderError as error:
                failed = True
                complain(str(error))
            else:
                write_line(f"{name}: {path}")
            bars.remove_task(bar)
    if failed:
        raise typer.Exit(1)


@encoders.command(epilog=PATH_EPILOG)
def path(name: Annotated[str, typer.Argument(help="Which network.")]) -> None:
    """Prints the path of a network's file."""
    from genrelens.encoders import locate
    from genrelens.encoders.store import absence
    from genrelens.errors import EncoderError

    found = locate(name)
    if found.path is None:
        raise EncoderError(absence(name))
    write_line(str(found.path))


def _advance(bars: Progress, bar: TaskID, came: int, size: int) -> None:
    bars.update(bar, completed=came, total=size)


def _row(name: str) -> dict[str, Any]:
    from genrelens.encoders import encoder_spec, locate

    spec, found = encoder_spec(name), locate(name)
    published = spec.upstream.size if spec.upstream else None
    return {
        "name": name,
        "sample_rate": spec.sample_rate,
        "outputs": dict(spec.outputs),
        "licence": spec.licence,
        "notice": spec.notice,
        "source": spec.source,
        "state": found.state.value,
        "size_bytes": found.path.stat().st_size if found.path else published,
        "path": str(found.path) if found.path else None,
    }


def _table(rows: list[Any]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("name", no_wrap=True)
    table.add_column("rate", justify="right", no_wrap=True)
    table.add_column("outputs", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("licence and source", overflow="fold")
    for row in rows:
        table.add_row(
            row["name"],
            f"{row['sample_rate'] / 1000:g} kHz",
            "\n".join(f"{output} {width}" for output, width in row["outputs"].items()),
            Text(row["state"], style="yellow" if row["path"] is None else "green"),
            "" if row["size_bytes"] is None else f"{row['size_bytes'] / 1e6:.1f} MB",
            Text(f"{row['licence']}, {row['notice']}. {row['source']}"),
        )
    return table
