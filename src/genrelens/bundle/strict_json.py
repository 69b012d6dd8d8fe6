"""Strict reading of JSON from an unknown source: one meaning, bounded depth, numbers and texts.

Python's reader takes the last of two equal keys, infinity for 1e999, numbers of any length, half surrogate
pairs and a nesting that later readers fail on. Here all of these are errors.
"""

from __future__ import annotations

import json
import math
import unicodedata
from typing import Any

DEEPEST = 16
LONGEST_KEY = 200
LONGEST_INTEGER = 18
HIDDEN = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that change the direction of writing, so that a text looks different from what it holds."""


def read_json(text: str) -> Any:
    """The document.

    Raises:
        ValueError: it is no JSON, or JSON that readers may understand differently; the message says why.

    Example:
        >>> read_json('{"a": [1, 2.5]}')
        {'a': [1, 2.5]}
        >>> read_json('{"a": 1, "a": 2}')
        Traceback (most recent call last):
        ValueError: it holds the key 'a' twice
    """
    try:
        document = json.loads(
            text,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_real,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} in line {error.lineno}") from error
    except RecursionError:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels") from None
    _check_depth_and_texts(document)
    return document


def plain(text: str, lines: bool = False) -> bool:
    """Whether a text has no hidden characters: no control characters, half surrogate pairs, direction marks.

    Args:
        text: any.
        lines: line feeds and tabs are allowed.

    Example:
        >>> plain("jazz"), plain("a\\x1b[31m"), plain("a\\nb"), plain("a\\nb", lines=True)
        (True, False, False, True)
    """
    if text.isascii() and text.isprintable():
        return True
    unseen = ("Cc", "Cs", "Zl", "Zp")
    looked_at = text.translate({10: None, 9: None}) if lines else text
    return not any(one in HIDDEN or unicodedata.category(one) in unseen for one in looked_at)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_INTEGER:
        raise ValueError(f"a number has {len(digits)} digits")
    return int(digits)


def _real(digits: str) -> float:
    value = float(digits) if len(digits) <= 400 else math.inf
    if not math.isfinite(value):
        raise ValueError(f"the number {digits[:20]} is too large")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"it holds the key {twice[:40]!r} twice")
    return found


def _check_depth_and_texts(document: Any) -> None:
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ValueError(f"it is nested deeper than {DEEPEST} levels")
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                if not plain(item, lines=True):
                    raise ValueError(f"the text {item[:40]!a} holds control characters")
            elif isinstance(item, dict):
                for key in item:
                    if len(key) > LONGEST_KEY or not plain(key):
                        raise ValueError(f"the key {key[:40]!a} is too long or holds control characters")
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = below
