"""Who plays: one spelling for one artist, so that no artist stands on both sides of a split.

Conventions: a *credit* is the text of a tag or a column ("Eminem & Snoop Dogg", "Queen feat. Wyclef Jean");
a *key* is its comparable form. Two tracks that share any key belong to one group. Splitting a credit too
often only makes groups larger, which costs a little data; splitting it too seldom lets an artist leak.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache

_GUESTS = re.compile(r"[\s(\[]+(?:feat|featuring|ft|with|vs|versus|presents|pres)\b\.?", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_JOINTS = re.compile(r"\s*(?:[,;&+/]|\band\b|\bund\b|\bet\b|\by\b)\s*", re.IGNORECASE)
_FULL_NAMES = {
    "jsbach": "bach",
    "johannsebastianbach": "bach",
    "ludwigvanbeethoven": "beethoven",
    "claudedebussy": "debussy",
    "franzschubert": "schubert",
    "wolfgangamadeusmozart": "mozart",
    "wamozart": "mozart",
    "peterilyichtchaikovsky": "tchaikovsky",
    "pyotrilyichtchaikovsky": "tchaikovsky",
    "giuseppeverdi": "verdi",
    "antoniovivaldi": "vivaldi",
    "richardwagner": "wagner",
    "johannesbrahms": "brahms",
    "franzliszt": "liszt",
    "fredericchopin": "chopin",
    "fchopin": "chopin",
    "josephhaydn": "haydn",
    "franzjosephhaydn": "haydn",
    "georgefriderichandel": "handel",
    "georgfriedrichhandel": "handel",
    "antonindvorak": "dvorak",
    "mauriceravel": "ravel",
    "eriksatie": "satie",
}
_NOBODY = {"", "unknown", "unknownartist", "various", "variousartists", "va", "na", "none", "null", "nan"}


@lru_cache(maxsize=65536)
def artist_key(credit: str | None) -> str:
    """The comparable form of an artist's name; empty where nothing comparable is left of it.

    Case, accents, spaces, punctuation, a leading or trailing "The", brackets, and guests ("feat.", "ft.",
    "with", "vs") are left out; "&" equals "and"; composers go by their family name.

    Example:
        >>> artist_key("The Beatles"), artist_key("beatles, the"), artist_key("Céline  Dion feat. R. Kelly")
        ('beatles', 'beatles', 'celinedion')
        >>> artist_key("KC & The Sunshine Band") == artist_key("KC and the Sunshine Band")
        True
        >>> artist_key("Unknown Artist")
        ''
    """
    text = unicodedata.normalize("NFKD", credit or "")
    text = "".join(character for character in text if not unicodedata.combining(character))
    text = text.casefold().strip()
    text = _without_guests(text)
    text = _BRACKETS.sub(" ", text).strip() or text
    words = _words(text.replace("&", " and ").replace("+", " and "))
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    elif len(words) > 1 and words[-1] == "the":
        words = words[:-1]
    key = "".join(words) or text
    key = _FULL_NAMES.get(key, key)
    return "" if key in _NOBODY else key


def _without_guests(text: str) -> str:
    guests = _GUESTS.search(text)
    return text[: guests.start()] if guests and guests.start() > 0 else text


def _words(text: str) -> list[str]:
    """Words of letters and digits; dots and apostrophes inside a word vanish ("D.O.C." is "doc")."""
    text = re.sub(r"(?<=\w)[.'’`´](?=\w|\s|$)", "", text)
    return re.findall(r"\w+", text.replace("_", " "))


def artist_keys(credit: str | None) -> frozenset[str]:
    """Everybody that a credit names: the whole credit, the lead, each of several names, names in brackets.

    Example:
        >>> sorted(artist_keys("Lauryn Hill and Bob Marley"))
        ['bobmarley', 'laurynhill', 'laurynhillandbobmarley']
        >>> sorted(artist_keys("Charlie Puth ft. Selena Gomez"))
        ['charlieputh', 'selenagomez']
    """
    if not credit or not artist_key(credit):
        return frozenset()
    keys = {artist_key(credit)}
    for part in [*_GUESTS.split(credit), *_BRACKETS.findall(credit)]:
        keys.update(artist_key(name.strip(" ()[].")) for name in _JOINTS.split(part))
    return frozenset(keys - {"", "the"})


def connected(keys: Sequence[Iterable[Hashable]]) -> list[int]:
    """Numbers groups of items that share a key, directly or through others, from 0 in order of appearance.

    An item without keys is a group of its own.

    Example:
        >>> connected([{"a"}, {"b"}, {"a", "b"}, set(), {"c"}])
        [0, 0, 0, 1, 2]
    """
    parent = list(range(len(keys)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    first_with: dict[Hashable, int] = {}
    for item, own in enumerate(keys):
        for key in own:
            other = root(first_with.setdefault(key, item))
            here = root(item)
            parent[max(other, here)] = min(other, here)
    number: dict[int, int] = {}
    return [number.setdefault(root(item), len(number)) for item in range(len(keys))]
