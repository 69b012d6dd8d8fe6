"""A hook of mkdocs: files of the repository outside docs/ become pages, and links to them are turned.

Every document links as it is read on the disk: `../SECURITY.md` from docs/, `docs/training.md` from README.md.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "examples/README.md",
    "CITATION.cff",
)
FENCES = re.compile(r"^(```.*?^```)$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)\s#]+)")
DOCS = "docs/"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds what lies outside docs/."""
    for name in OUTSIDE:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns links between documents into links between pages; code blocks stay as they are."""
    here = page.file.src_uri
    on_disk = here if here in OUTSIDE else DOCS + here
    parts = FENCES.split(markdown)
    parts[::2] = [LINK.sub(lambda found: turned(found[1], on_disk, here), text) for text in parts[::2]]
    return "".join(parts)


def turned(target: str, on_disk: str, here: str) -> str:
    """A link of the document at `on_disk`, as a link of the page `here`."""
    place = posixpath.normpath(posixpath.join(posixpath.dirname(on_disk), target))
    if place.startswith(DOCS):
        place = place.removeprefix(DOCS)
    elif place not in OUTSIDE:
        return target
    return posixpath.relpath(place, posixpath.dirname(here) or ".")
