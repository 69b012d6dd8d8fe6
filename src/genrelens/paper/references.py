"""The publications behind the tables, as BibTeX."""

from __future__ import annotations

from genrelens.baselines.reference import Reference
from genrelens.paper.tables import Results

PAPER = Reference(
    key="ghosal2018",
    authors="Ghosal, Deepanway and Kolekar, Maheshkumar H.",
    title="Music Genre Recognition Using Deep Neural Networks and Transfer Learning",
    year=2018,
    venue="Proc. Interspeech 2018",
    doi="10.21437/Interspeech.2018-2045",
)
GTZAN = Reference(
    key="tzanetakis2002",
    authors="Tzanetakis, George and Cook, Perry",
    title="Musical genre classification of audio signals",
    year=2002,
    venue="IEEE Transactions on Speech and Audio Processing",
    doi="10.1109/TSA.2002.800560",
    kind="article",
)
FAULTS = Reference(
    key="sturm2014",
    authors="Sturm, Bob L.",
    title="The State of the Art Ten Years After a State of the Art: "
    "Future Research in Music Information Retrieval",
    year=2014,
    venue="Journal of New Music Research",
    doi="10.1080/09298215.2014.894533",
    kind="article",
)
FAULT_FILTERED = Reference(
    key="kereliuk2015",
    authors="Kereliuk, Corey and Sturm, Bob L. and Larsen, Jan",
    title="Deep Learning and Music Adversaries",
    year=2015,
    venue="IEEE Transactions on Multimedia",
    doi="10.1109/TMM.2015.2478068",
    kind="article",
)
ALWAYS = (PAPER, GTZAN, FAULTS, FAULT_FILTERED)
"""The paper, the data set, its faults, and the split without them."""


def references_of(results: Results) -> list[Reference]:
    """Of every system that was compared, and those that any run rests on; each work and each key once.

    Example:
        >>> [reference.key for reference in references_of({})]
        ['ghosal2018', 'tzanetakis2002', 'sturm2014', 'kereliuk2015']
    """
    entries = (results.get("comparison") or {}).get("systems", {}).values()
    of_systems = [Reference(**entry["reference"]) for entry in entries if entry["reference"]]
    kept: dict[str, Reference] = {}
    titles: set[str] = set()
    for one in (*sorted(of_systems, key=lambda one: (one.year, one.key)), *ALWAYS):
        if one.key not in kept and _folded(one.title) not in titles:
            kept[one.key] = one
            titles.add(_folded(one.title))
    return list(kept.values())


def key_of(reference: Reference, kept: list[Reference]) -> str:
    """The key under which a work stands in the bibliography, which may be that of another system's entry.

    Example:
        >>> key_of(PAPER, references_of({}))
        'ghosal2018'
    """
    same = (
        one.key for one in kept if one.key == reference.key or _folded(one.title) == _folded(reference.title)
    )
    return next(same, reference.key)


def bibliography(results: Results) -> str:
    """A BibTeX file."""
    return "\n\n".join(one.to_bibtex() for one in references_of(results)) + "\n"


def _folded(title: str) -> str:
    return "".join(filter(str.isalnum, title.casefold()))
