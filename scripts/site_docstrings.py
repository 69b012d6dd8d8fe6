"""An extension of griffe for the API pages: a docstring's `Example:` is shown as doctest, as `Examples:` is."""

from __future__ import annotations

import re
from typing import Any

import griffe


class DoctestExamples(griffe.Extension):
    """Names sections as griffe's reader of Google style knows them."""

    def on_object(self, *, obj: griffe.Object, **others: Any) -> None:
        """Runs once for each module, class, function and attribute."""
        if obj.docstring:
            obj.docstring.value = re.sub(r"^Example:$", "Examples:", obj.docstring.value, flags=re.MULTILINE)
