"""A small honest bundle to damage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from genrelens.bundle import Manifest, Member
from genrelens.ensemble import Fusion


@pytest.fixture
def manifest() -> Manifest:
    return Manifest(
        name="tiny",
        genres=("calm", "loud"),
        members=(
            Member("one", "linear", ("averaged",), "members/one.onnx"),
            Member("two", "linear", ("averaged",), "members/two.onnx"),
        ),
        combination=Fusion("majority"),
    )


@pytest.fixture
def files(linear_member: Callable[[int, int, int], bytes]) -> dict[str, bytes]:
    return {"members/one.onnx": linear_member(358, 2, 1), "members/two.onnx": linear_member(358, 2, 2)}
