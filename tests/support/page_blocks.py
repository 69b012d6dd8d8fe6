"""What a page of the documentation asks its reader to save and to type."""

from __future__ import annotations

import re


def files_of(page: str) -> dict[str, str]:
    """What the page asks to be saved, by name: the blocks after `<!-- NAME -->`."""
    return dict(re.findall(r"^<!-- (\S+) -->\n```\w+\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))


def commands_of(page: str) -> list[tuple[str, list[str]]]:
    """Every command of the page with the lines that it is said to print."""
    commands: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            else:
                commands[-1][1].append(line)
    return commands
