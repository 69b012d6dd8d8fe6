"""Where a system was published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reference:
    """A publication.

    Attributes:
        key: of its BibTeX entry, for example `tzanetakis2002`.
        authors: family name, given name; several separated by ` and `.
        title: as printed.
        year: of publication.
        venue: journal or proceedings.
        doi: without the address in front; empty where there is none.
        kind: of the BibTeX entry.
    """

    key: str
    authors: str
    title: str
    year: int
    venue: str
    doi: str = ""
    kind: Literal["article", "inproceedings"] = "inproceedings"

    @property
    def short(self) -> str:
        """Family names and year.

        Example:
            >>> Reference("lu2009", "Arabi, Arijit and Lu, Guojun", "Enhanced ...", 2009, "ICSIPA").short
            'Arabi and Lu 2009'
        """
        names = [author.partition(",")[0] for author in self.authors.split(" and ")]
        who = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
        return f"{who} {self.year}"

    def to_bibtex(self) -> str:
        """The entry.

        Example:
            >>> print(Reference("lu2009", "Lu, Guojun", "Genre", 2009, "ICSIPA", "10.1/2").to_bibtex())
            @inproceedings{lu2009,
              author = {Lu, Guojun},
              title = {{Genre}},
              year = {2009},
              booktitle = {ICSIPA},
              doi = {10.1/2},
            }
        """
        where = "journal" if self.kind == "article" else "booktitle"
        fields = {
            "author": self.authors,
            "title": f"{{{self.title}}}",
            "year": str(self.year),
            where: self.venue,
            "doi": self.doi,
        }
        lines = [
            f"  {name} = {{{value if name == 'doi' else _escaped(value)}}},"
            for name, value in fields.items()
            if value
        ]
        return "\n".join([f"@{self.kind}{{{self.key},", *lines, "}"])


def _escaped(value: str) -> str:
    """What LaTeX would take for a command, in the places where a title or a journal has it."""
    return "".join("\\" + one if one in "&%#_$" else one for one in value)
