"""A disk that damages the store's index costs time, never a traceback, never another recording's numbers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from cheap_inputs import CheapInputs

from genrelens.datasets import Track
from genrelens.feature_store import FeatureStore
from genrelens.feature_store.index import INDEX

DAMAGE = {
    "pieces": ["", "{", "[[0.0, 2.0]", "null", "[[0, 1, -5]]", "[[0, 1, 1e9]]", "[[0, 1, 999999999999]]",
               '[["a", 1, 3]]', "[[NaN, 1, 2]]", "[" * 5000, b"\xff\xfe", 7, "[[0.0, 2.0, true]]"],
    "start": [-4, "far", 2**62, 1.5],
    "length": [-1, "long", 2**62],
    "crc": ["none", -1],
}  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value"), [(column, value) for column, values in DAMAGE.items() for value in values]
)
def test_a_damaged_record_is_computed_again(
    tmp_path: Path, noises: list[Track], column: str, value: object
) -> None:
    def computed() -> tuple[int, list[np.ndarray]]:
        table = FeatureStore(tmp_path / "cache", CheapInputs()).compute(noises[:3], ["mean"], jobs=1)
        return table.computed, [np.array(one) for one in table.frames("mean")]

    _, right = computed()
    with closing(sqlite3.connect(tmp_path / "cache" / INDEX)) as database, database:
        first = "SELECT min(id) FROM records"
        stored = "CAST(? AS TEXT)" if isinstance(value, bytes) else "?"
        database.execute(f"UPDATE records SET {column} = {stored} WHERE id = ({first})", (value,))
    again, arrays = computed()
    assert again == 1
    for ours, wanted in zip(arrays, right, strict=True):
        np.testing.assert_array_equal(ours, wanted)
    assert computed()[0] == 0


def test_an_index_cannot_lead_out_of_its_folder(tmp_path: Path, noises: list[Track]) -> None:
    store = FeatureStore(tmp_path / "cache", CheapInputs())
    store.compute(noises[:1], ["mean"], jobs=1)
    (segment,) = (tmp_path / "cache").glob("*.seg")
    outside = tmp_path / "outside.seg"
    outside.write_bytes(segment.read_bytes())
    with closing(sqlite3.connect(tmp_path / "cache" / INDEX)) as database, database:
        database.execute("UPDATE segments SET name = '../outside.seg'")
    table = FeatureStore(tmp_path / "cache", CheapInputs()).compute(noises[:1], ["mean"], jobs=1)
    assert table.computed == 1
    assert outside.exists()
