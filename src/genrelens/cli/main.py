"""The `genrelens` command: one module a subcommand, joined here; errors become sentences and exit codes.

Exit status: 0 all well; 1 the work was done but some inputs failed; 2 wrong use, or something without
which nothing could be done; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from genrelens import __version__
from genrelens.cli import (
    bench_robustness,
    bench_train,
    cache,
    check,
    encoders,
    evaluate,
    features,
    info,
    predict,
    reproduce,
    train,
)
from genrelens.errors import GenreLensError

INTERRUPTED = 130

app = typer.Typer(
    name="genrelens",
    help="Hears a recording and says its genre, how sure it is and why.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"genrelens {__version__}")
        raise typer.Exit


@app.callback()
def genrelens(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hears a recording and says its genre, how sure it is and why."""


for command in (predict, info, features, encoders, cache, check, reproduce, train, evaluate):
    command.register(app)

bench = typer.Typer(help="Times genrelens against what people would write instead.", no_args_is_help=True)
bench_train.register(bench)
bench_robustness.register(bench)
app.add_typer(bench, name="bench")


def run() -> None:
    """Entry point of the installed command."""
    from genrelens.cli.output import complain

    # Small matrices on several BLAS threads cost more than they gain; recordings are heard side by side.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except SystemExit as stop:
        if stop.code == INTERRUPTED:
            complain("interrupted; what was finished is on disk")
        raise
    except GenreLensError as error:
        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        complain("interrupted; what was finished is on disk")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        from genrelens.extras import missing_extra

        absent = missing_extra(error.name) if isinstance(error, ModuleNotFoundError) else None
        if absent is not None:
            complain(str(absent))
            sys.exit(2)
        if os.environ.get("GENRELENS_DEBUG"):
            raise
        complain(
            f"stopped by an error of its own ({type(error).__name__}: {error}); "
            "run again with GENRELENS_DEBUG=1 to see where, and report it"
        )
        sys.exit(2)
