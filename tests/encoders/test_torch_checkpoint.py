"""Checkpoints are read as PyTorch reads them, and what is more than plain tensors is refused unrun."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings

from genrelens.encoders.torch_checkpoint import read_checkpoint
from genrelens.errors import EncoderError

DTYPES = [
    torch.float32, torch.float64, torch.float16, torch.bool,
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8,
]  # fmt: skip


@pytest.mark.parametrize("file", ["fcn_best_model.pth", "mn04_as_mAP_432.pt"])
def test_the_published_checkpoints_equal_what_pytorch_reads(file: str, shared: Path) -> None:
    path = shared / "weights" / "upstream" / file
    oracle = torch.load(path, weights_only=True, map_location="cpu")
    ours = read_checkpoint(path)
    assert list(ours) == list(oracle)
    for name, tensor in oracle.items():
        assert ours[name].dtype == tensor.numpy().dtype
        np.testing.assert_array_equal(ours[name], tensor.numpy(), err_msg=name)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shape=st.lists(st.integers(0, 4), max_size=3),
    dtype=st.sampled_from(DTYPES),
    as_zip=st.booleans(),
    turned=st.booleans(),
)
def test_any_tensor_comes_back(
    shape: list[int], dtype: torch.dtype, as_zip: bool, turned: bool, tmp_path: Path
) -> None:
    tensor = (torch.arange(int(np.prod(shape))).reshape(shape) % 2).to(dtype)
    tensor = tensor.transpose(0, -1) if turned and tensor.ndim else tensor
    state = OrderedDict(weight=tensor, same_storage=tensor.flatten()[1:], epoch=3)
    torch.save(state, tmp_path / "state", _use_new_zipfile_serialization=as_zip)
    ours = read_checkpoint(tmp_path / "state")
    assert list(ours) == ["weight", "same_storage"]
    for name, array in ours.items():
        assert array.dtype == state[name].numpy().dtype
        assert array.shape == tuple(state[name].shape)
        np.testing.assert_array_equal(array, state[name].numpy())


class Malice:
    """Makes a folder when it is unpickled the careless way."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.folder,)


@pytest.mark.parametrize("as_zip", [True, False])
def test_code_in_a_checkpoint_is_refused_and_not_run(as_zip: bool, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    torch.save(
        {"weight": torch.ones(2), "trap": Malice(trap)},
        tmp_path / "state",
        _use_new_zipfile_serialization=as_zip,
    )
    with pytest.raises(EncoderError, match="asks for .*mkdir, which no file of plain tensors needs"):
        read_checkpoint(tmp_path / "state")
    assert not trap.exists()


def test_a_whole_module_is_refused(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "module")
    with pytest.raises(EncoderError, match=r"asks for torch\.nn"):
        read_checkpoint(tmp_path / "module")


def test_a_tensor_that_reaches_beyond_its_storage_is_refused(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(3, 5)}, tmp_path / "state")
    with zipfile.ZipFile(tmp_path / "state") as whole, zipfile.ZipFile(tmp_path / "forged", "w") as forged:
        for name in whole.namelist():
            content = whole.read(name)
            if name.endswith("data.pkl"):
                assert content.count(b"K\x03K\x05\x86") == 1  # the shape (3, 5)
                content = content.replace(b"K\x03K\x05\x86", b"K\x7fK\x05\x86")
            forged.writestr(name, content)
    with pytest.raises(EncoderError, match="reaches beyond its storage"):
        read_checkpoint(tmp_path / "forged")


def forged(folder: Path, state: object, change: Callable[[bytes], bytes], **options: int) -> Path:
    """A checkpoint whose pickle was changed by hand."""
    torch.save(state, folder / "state")
    with zipfile.ZipFile(folder / "state") as whole, zipfile.ZipFile(folder / "forged", "w") as new:
        for name in whole.namelist():
            content = whole.read(name)
            new.writestr(name, change(content) if name.endswith("data.pkl") else content, **options)
    return folder / "forged"


def test_a_tensor_of_one_number_repeated_a_thousand_million_times_is_refused(tmp_path: Path) -> None:
    def repeat(pickled: bytes) -> bytes:
        assert pickled.count(b"K\x03K\x05\x86") == pickled.count(b"K\x05K\x01\x86") == 1  # shape and strides
        pickled = pickled.replace(b"K\x03K\x05\x86", b"J\x00\xca\x9a\x3bK\x05\x86")
        return pickled.replace(b"K\x05K\x01\x86", b"K\x00K\x01\x86")

    path = forged(tmp_path, {"weight": torch.ones(3, 5)}, repeat)
    with pytest.raises(EncoderError, match="more numbers than its storage"):
        read_checkpoint(path)


def test_a_far_place_in_the_memo_is_refused_before_room_is_made_for_it(tmp_path: Path) -> None:
    def far(pickled: bytes) -> bytes:
        return pickled.replace(b"q\x00", b"r\xff\xff\xff\x0f", 1)  # memo 0 becomes memo 268 435 455

    with pytest.raises(EncoderError, match="impossible places"):
        read_checkpoint(forged(tmp_path, {"weight": torch.ones(3)}, far))


def test_a_length_that_the_pickle_only_announces_is_refused(tmp_path: Path) -> None:
    announced = b"\x80\x05\x96" + (1 << 40).to_bytes(8, "little") + b"."
    with pytest.raises(EncoderError, match="no readable PyTorch checkpoint"):
        read_checkpoint(forged(tmp_path, {"weight": torch.ones(3)}, lambda _: announced))


def test_a_compressed_pickle_is_refused(tmp_path: Path) -> None:
    path = forged(tmp_path, {"weight": torch.ones(3)}, bytes, compress_type=zipfile.ZIP_DEFLATED)
    with pytest.raises(EncoderError, match="compressed"):
        read_checkpoint(path)


def test_many_views_of_one_storage_are_bounded_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = torch.ones(1000)
    torch.save({f"w{n}": whole[:] for n in range(50)}, tmp_path / "state")
    assert len(read_checkpoint(tmp_path / "state")) == 50
    monkeypatch.setattr("genrelens.encoders.torch_checkpoint.LARGEST_TOTAL", 100_000)
    with pytest.raises(EncoderError, match="its tensors take more than"):
        read_checkpoint(tmp_path / "state")


@pytest.mark.parametrize("as_zip", [True, False])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_checkpoint_is_refused(as_zip: bool, part: float, tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(50, 5)}, tmp_path / "state", _use_new_zipfile_serialization=as_zip)
    content = (tmp_path / "state").read_bytes()
    (tmp_path / "state").write_bytes(content[: int(part * len(content))])
    with pytest.raises(EncoderError, match="no readable PyTorch checkpoint"):
        read_checkpoint(tmp_path / "state")


@pytest.mark.parametrize("content", [b"", b"hello", pickle.dumps({"a": 1}), b"PK\x03\x04 nothing"])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(EncoderError, match="no readable PyTorch checkpoint"):
        read_checkpoint(tmp_path / "file")
