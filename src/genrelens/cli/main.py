"""The `genrelens` command: one module a subcommand, joined here."""

from __future__ import annotations

import typer

app = typer.Typer(name="genrelens", no_args_is_help=True, add_completion=True)


def run() -> None:
    """Entry point of the installed command."""
    app()
