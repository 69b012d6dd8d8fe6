"""What the documents say of the repository is there: files, rooms, commands, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "genrelens"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])


def block(document: str, mark: str) -> list[str]:
    """The lines of the code block after `<!-- MARK -->`."""
    found = re.search(rf"^<!-- {mark} -->\n```\w*\n(.*?)^```$", document, re.DOTALL | re.MULTILINE)
    assert found, f"no block {mark}"
    return found.group(1).splitlines()


@pytest.fixture(scope="module")
def contributing() -> str:
    return (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_a_contributor_sets_up_as_the_tests_do(contributing: str) -> None:
    tests = block((ROOT / "README.md").read_text("utf-8"), "tests")
    assert block(contributing, "setup") == tests[:2]
    assert f"`{tests[2]}`" in contributing


def test_the_map_of_the_house_has_every_room_once(contributing: str) -> None:
    house = contributing[contributing.index("| floor |") : contributing.index("### The way of one recording")]
    floors = [row.split("|")[2] for row in house.splitlines() if row.startswith("| **")]
    named = [name for row in floors for name in re.findall(r"`(\w+)`", row)]
    rooms = {one.parent.name for one in PACKAGE.glob("*/__init__.py")} - {"processes"}
    assert len(floors) == 4
    assert sorted(named) == sorted(rooms)
    assert "`processes`" in house


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/how-it-works.md", "docs/extending.md"])
def test_files_of_the_package_that_are_named_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    named = set(re.findall(r"`(?:src/genrelens/)?([a-z_]+/[a-z_0-9/]+\.py)`", text))
    assert len(named) >= 5
    assert [one for one in sorted(named) if not (PACKAGE / one).is_file()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", document.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    links = re.findall(r"\]\((?![a-z]+:|#)([^)\s#]+)", text)
    assert [link for link in links if not (document.parent / link).exists()] == []
