"""The `genrelens` command: one module a subcommand, registered here; errors become messages and exit codes.

Exit status: 0 all well; 1 the work was done but some inputs failed; 2 wrong use, or an
error at which nothing could be done; 130 interrupted (143 where another program ended it).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Annotated

import typer

from genrelens import __version__
from genrelens.cli import (
    bench_robustness,
    bench_train,
    cache,
    check,
    embed,
    encoders,
    evaluate,
    features,
    info,
    predict,
    reproduce,
    train,
)
from genrelens.cli.output import writing
from genrelens.cli.streams import reserved_streams
from genrelens.cli.terminal import ReaderGone, complain, complain_of_interruption, when_interrupted
from genrelens.errors import GenreLensError, shown

INTERRUPTED = 130

app = typer.Typer(
    name="genrelens",
    help="Predicts the genre of a recording, how sure that is and why.",
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
    """Predicts the genre of a recording, how sure that is and why."""


for command in (predict, info, embed, features, encoders, cache, check, reproduce, train, evaluate):
    command.register(app)

bench = typer.Typer(
    help="Measures the speed of training and the robustness of a bundle.", no_args_is_help=True
)
bench_train.register(bench)
bench_robustness.register(bench)
app.add_typer(bench, name="bench")


def run() -> None:
    """Entry point of the installed command."""
    # Training and checking fit small models in several processes at once; several BLAS threads in each would
    # slow them down. Predictions use one thread by themselves (features.products).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with reserved_streams(), signals_as_interruptions() as received:
        status = _status_of_app()
        if status == INTERRUPTED:
            complain_of_interruption()
    sys.exit(128 + received[0] if received else status)


def _status_of_app() -> int:
    """Runs the command; however it ends, the result is an exit status and at most one message."""
    when_interrupted("interrupted")
    try:
        try:
            app()
        except SystemExit as stop:
            with writing():  # text of the help or the version that is still in a buffer
                return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except ReaderGone:
        return 0
    except GenreLensError as error:
        complain(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except MemoryError:
        complain("there is not enough memory for this; close other programs, or use fewer --jobs")
    except Exception as error:
        from genrelens.extras import missing_extra

        absent = missing_extra(error.name) if isinstance(error, ModuleNotFoundError) else None
        if absent is not None:
            complain(str(absent))
            sys.exit(2)
        if os.environ.get("GENRELENS_DEBUG"):
            raise
        if isinstance(error, OSError) and error.errno is not None:
            where = f"{shown(error.filename)}: " if error.filename else ""
            complain(f"{where}{error.strerror}; correct that and run the same command again")
        else:
            complain(
                f"stopped by an error of its own ({type(error).__name__}: {error}); "
                "run again with GENRELENS_DEBUG=1 to see where, and report it"
            )
    return 2


@contextlib.contextmanager
def signals_as_interruptions() -> Iterator[list[int]]:
    """Within the block SIGTERM and SIGHUP stop the command as Ctrl-C does.

    Yields:
        a list that gets the number of the signal.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def interrupt(number: int, frame: object) -> None:
        received.append(number)
        raise KeyboardInterrupt

    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, interrupt)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
