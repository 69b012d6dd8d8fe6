"""Tensors out of a PyTorch checkpoint without PyTorch, and without running any code from the file.

A checkpoint is a pickle whose tensors refer to raw storages. Two layouts occur: a zip archive (`data.pkl` and
one member per storage, PyTorch since 1.6), and the older stream of pickles with the storages behind. The
unpickler here knows three names: an ordered dictionary, the kinds of storages, and the function that makes a
tensor of a storage. Any other name ends the reading. Source: `torch/serialization.py`.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import EncoderError, shown

STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "|b1",
}
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
LARGEST_FILE, LARGEST_PICKLE = 256 << 20, 8 << 20
LARGEST_TOTAL = 256 << 20
"""Bytes of all tensors together; several may share a storage."""


class _Refused(Exception):
    """The file is no checkpoint of plain tensors; the text gives the reason."""


@dataclass(frozen=True)
class _Kind:
    """A kind of storage, as the pickle names it."""

    dtype: np.dtype[Any]


@dataclass
class _Storage:
    """The raw numbers behind one or more tensors; read after the pickle that refers to them."""

    dtype: np.dtype[Any]
    count: int
    values: NDArray[Any] | None = None


@dataclass(frozen=True)
class _Tensor:
    """A view of a storage: where it starts, its sizes and strides in elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> NDArray[Any]:
        values = self.storage.values
        if values is None:
            raise _Refused("a tensor refers to numbers that the file lacks")
        whole = all(isinstance(n, int) and n >= 0 for n in (self.offset, *self.shape, *self.strides))
        if not whole or len(self.shape) != len(self.strides):
            raise _Refused("a tensor has impossible sizes")
        if 0 in self.shape:
            return np.empty(self.shape, values.dtype)
        last = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        if last >= values.size:
            raise _Refused("a tensor reaches beyond its storage")
        if math.prod(self.shape) > values.size:
            raise _Refused("a tensor has more numbers than its storage")
        steps = tuple(step * values.itemsize for step in self.strides)
        return np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, steps).copy()


class _RebuildTensor:
    """Stands in for `torch._utils._rebuild_tensor_v2`; has no attribute that a pickle could change."""

    __slots__ = ()

    def __call__(self, storage: object, offset: int, shape: Any, strides: Any, *_unused: object) -> _Tensor:
        if not isinstance(storage, _Storage):
            raise _Refused("a tensor has no storage")
        return _Tensor(storage, offset, tuple(shape), tuple(strides))


@dataclass
class _Found:
    """The storages that a pickle referred to, by key."""

    storages: dict[str, _Storage] = field(default_factory=dict)


class _Unpickler(pickle.Unpickler):
    """Resolves the names that plain tensors need, and no others."""

    def __init__(self, file: BinaryIO, found: _Found) -> None:
        super().__init__(file, encoding="utf-8")
        self._found = found

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _RebuildTensor()
        if module == "torch" and name in STORAGES:
            return _Kind(np.dtype(STORAGES[name]))
        raise _Refused(f"it asks for {module}.{name}, which no file of plain tensors needs")

    def persistent_load(self, reference: Any) -> _Storage:
        match reference:
            case ("storage", _Kind() as kind, str(key), _, int(count), *_) if count >= 0:
                return self._found.storages.setdefault(key, _Storage(kind.dtype, count))
        raise _Refused("it refers to something that is no storage")


def read_checkpoint(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a checkpoint that is a dictionary from names to tensors.

    Entries that are no tensors are left out.

    Args:
        path: a file written by `torch.save`, either layout.

    Returns:
        Arrays by name, in the file's order, copied out of it.

    Raises:
        EncoderError: the file is damaged, no checkpoint, or asks for names that plain tensors do not need.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _Refused(f"it is larger than {LARGEST_FILE >> 20} MB")
        content = path.read_bytes()
        loaded = _from_zip(content) if content.startswith(b"PK") else _from_stream(content)
        if not isinstance(loaded, Mapping):
            raise _Refused("it holds no dictionary of tensors")
        return _arrays(loaded)
    except _Refused as error:
        reason = str(error)
    except Exception as error:  # a damaged pickle raises nearly anything
        reason = f"it is damaged ({error})"
    raise EncoderError(
        f"{shown(path)} is no readable PyTorch checkpoint: {reason}; fetch it again."
    ) from None


def _arrays(loaded: Mapping[Any, object]) -> dict[str, NDArray[Any]]:
    arrays, total = {}, 0
    for name, item in loaded.items():
        if isinstance(item, _Tensor):
            arrays[str(name)] = item.array()
            total += arrays[str(name)].nbytes
            if total > LARGEST_TOTAL:
                raise _Refused(f"its tensors take more than {LARGEST_TOTAL >> 20} MB")
    return arrays


def _load(file: BinaryIO, found: _Found) -> Any:
    """The next pickle, if reading it cannot take more memory than its own size allows.

    The C unpickler allocates memory for any place in its memo, and any length, that a pickle names.
    """
    start = file.tell()
    for number, (operation, argument, place) in enumerate(pickletools.genops(file)):
        if operation.name in ("BYTEARRAY8", "NEXT_BUFFER", "FRAME"):
            raise _Refused("its pickle holds what no file of plain tensors needs")
        if isinstance(argument, int) and "PUT" in operation.name and not 0 <= argument <= number:
            raise _Refused("its pickle keeps its values at impossible places")
        if place is None or place - start > LARGEST_PICKLE:
            raise _Refused("its pickle is too long")
    file.seek(start)
    return _Unpickler(file, found).load()


def _from_zip(content: bytes) -> object:
    found = _Found()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        pickles = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise _Refused("the archive holds no data.pkl")
        folder = pickles[0].removesuffix("data.pkl")
        listed = archive.getinfo(pickles[0])
        if listed.file_size > LARGEST_PICKLE or listed.compress_type != zipfile.ZIP_STORED:
            raise _Refused("its pickle is too long, or compressed, which PyTorch never does")
        loaded = _load(io.BytesIO(archive.read(listed)), found)
        for key, storage in found.storages.items():
            member = archive.getinfo(f"{folder}data/{key}")
            if member.file_size < storage.count * storage.dtype.itemsize:
                raise _Refused("a storage is shorter than announced")
            if member.compress_type != zipfile.ZIP_STORED:
                raise _Refused("its storages are compressed, which PyTorch never does")
            storage.values = np.frombuffer(archive.read(member), storage.dtype, storage.count)
    return loaded


def _from_stream(content: bytes) -> object:
    file, found = io.BytesIO(content), _Found()
    if _load(file, found) != LEGACY_MAGIC:
        raise _Refused("it does not begin as one")
    if _load(file, found) != LEGACY_PROTOCOL:
        raise _Refused("it is of an unknown version")
    if not _load(file, found)["little_endian"]:
        raise _Refused("its numbers are big-endian")
    loaded = _load(file, found)
    for key in _load(file, found):
        storage = found.storages[key]
        (count,) = struct.unpack("<q", file.read(8))
        raw = file.read(storage.count * storage.dtype.itemsize)
        if count != storage.count or len(raw) != storage.count * storage.dtype.itemsize:
            raise _Refused("a storage is shorter than announced")
        storage.values = np.frombuffer(raw, storage.dtype)
    return loaded
