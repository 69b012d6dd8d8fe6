"""Integers are encoded as Google's own protobuf library encodes them."""

from __future__ import annotations

import hypothesis.strategies as st
import onnx
import pytest
from hypothesis import given

from genrelens.graphs import wire


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_equal_googles(value: int) -> None:
    message = onnx.OperatorSetIdProto()
    message.version = value
    assert wire.integer(2, value) == message.SerializeToString()


@given(st.text(max_size=300))
def test_texts_equal_googles(value: str) -> None:
    message = onnx.OperatorSetIdProto()
    message.domain = value
    assert wire.text(1, value) == message.SerializeToString()


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1])
def test_an_integer_beyond_64_bits_is_refused(value: int) -> None:
    with pytest.raises(OverflowError):
        wire.varint(value)
