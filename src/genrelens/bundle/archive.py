"""The bundle file: an uncompressed zip, written atomically and reproducibly, checked when it is read."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from genrelens.atomic_files import atomic_file
from genrelens.bundle.graph_check import checked_graphs
from genrelens.bundle.manifest import LARGEST_MANIFEST, Manifest, validate
from genrelens.bundle.stored_zip import read_stored_zip
from genrelens.errors import BundleError, shown

MANIFEST = "manifest.json"
LARGEST_FILE = 64 << 20
"""Bytes of one entry: sixteen times the largest network that a shipped bundle carries."""
LARGEST_TOTAL = 256 << 20
"""Bytes of all entries together, which are read into memory at once."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every entry, the earliest that zip files can hold, so that equal content is equal bytes."""


@dataclass(frozen=True)
class Bundle:
    """A verified bundle in memory.

    Attributes:
        manifest: its description.
        files: the ONNX bytes by their name in the manifest. Hashes are verified, and graphs are checked and
            written anew (`graphs.check_graph`), so that a runtime may load them.
        sha256: of the whole file.
        path: where it was read from.
    """

    manifest: Manifest
    files: Mapping[str, bytes] = field(repr=False)
    sha256: str
    path: Path

    @property
    def identity(self) -> str:
        """Name and the first twelve digits of the checksum, as result rows carry it."""
        return f"{self.manifest.name}:{self.sha256[:12]}"

    def describe(self) -> dict[str, Any]:
        """What `genrelens info` prints, as JSON values."""
        manifest = self.manifest
        return {
            "name": manifest.name,
            "path": shown(self.path),
            "sha256": self.sha256,
            "size_bytes": sum(map(len, self.files.values())) + len(manifest.to_json()),
            "genres": list(manifest.genres),
            "combination": manifest.combination.rule,
            "members": [
                {
                    "name": one.name,
                    "architecture": one.architecture,
                    "inputs": list(one.inputs),
                    "accuracy": one.accuracy,
                }
                for one in manifest.members
            ],
            "guards": [{"name": one.name, "inputs": list(one.inputs)} for one in manifest.detectors],
            "encoders": [
                {
                    "name": one.name,
                    "licence": one.licence,
                    "from": "carried in the bundle" if one.file else "the local store",
                }
                for one in manifest.encoders
            ],
            "inputs": {name: dict(parameters) for name, parameters in manifest.inputs.items()},
            "answer_threshold": manifest.answer_threshold,
            "set_coverage": manifest.set_coverage,
            "card": dict(manifest.card),
            "training": dict(manifest.training),
            "licences": dict(manifest.licences),
        }


def write_bundle(path: str | os.PathLike[str], manifest: Manifest, files: Mapping[str, bytes]) -> Manifest:
    """Writes a bundle atomically; equal contents give equal bytes.

    Args:
        path: where the bundle goes; an existing file is replaced.
        manifest: its description; the sha256 of each part are filled in here.
        files: the ONNX bytes of every file the manifest names, and no others.

    Returns:
        The manifest as written.

    Raises:
        BundleError: the manifest contradicts itself or the files.
        OutputError: the place cannot be written.
    """
    target = Path(path)
    validate(manifest)
    if set(manifest.files()) != set(files):
        odd = sorted(set(manifest.files()) ^ set(files))
        raise BundleError(f"{shown(target)}: manifest and files differ in {', '.join(odd)}")
    files = checked_graphs(manifest, files)
    manifest = _with_hashes(manifest, files)
    with atomic_file(target, "choose another --out") as partial, zipfile.ZipFile(partial, "w") as archive:
        for name, content in [(MANIFEST, manifest.to_json().encode()), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return manifest


def read_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Reads a bundle, also one from an unknown source.

    Nothing inside is executed or unpickled. Names are checked against the manifest, sizes are bounded
    before reading, and hashes are verified. A graph is accepted only if it holds nothing but what
    genrelens writes and costs no more than the budget of a recording.

    Args:
        path: the bundle file.

    Raises:
        BundleError: the message says what is wrong with the file.
    """
    source = Path(path)
    try:
        size = source.stat().st_size
        if not source.is_file():
            raise BundleError(f"{shown(source)} is not a file; give the path of a .bundle file")
        if size > LARGEST_TOTAL + LARGEST_MANIFEST:
            raise BundleError(f"{shown(source)} is larger than any bundle ({size >> 20} MB); it is not one")
        content = source.read_bytes()
    except OSError as error:
        raise BundleError(f"{shown(source)} cannot be read ({error.strerror}); check the path") from error
    try:
        manifest, files = _unpack(content)
    except BundleError as error:
        raise BundleError(f"{shown(source)} is no usable bundle: {error}") from error
    return Bundle(manifest, files, hashlib.sha256(content).hexdigest(), source)


def _unpack(content: bytes) -> tuple[Manifest, dict[str, bytes]]:
    entries = read_stored_zip(content)
    if MANIFEST not in entries:
        raise BundleError("it holds no manifest.json")
    if len(entries[MANIFEST]) > LARGEST_MANIFEST:
        raise BundleError(f"its manifest is larger than {LARGEST_MANIFEST >> 20} MB")
    try:
        text = str(entries.pop(MANIFEST), "utf-8")
    except UnicodeDecodeError as error:
        raise BundleError("its manifest is no UTF-8 text") from error
    manifest = Manifest.from_json(text)
    expected = manifest.files()
    unknown = sorted(set(entries) - set(expected))
    missing = sorted(set(expected) - set(entries))
    if unknown or missing:
        what = [f"holds {name}, which its manifest does not name" for name in unknown[:1]]
        what += [f"lacks {name}" for name in missing[:1]]
        raise BundleError(f"it {' and '.join(what)}")
    for name, expected_hash in expected.items():
        if len(entries[name]) > LARGEST_FILE:
            raise BundleError(f"{name} is larger than {LARGEST_FILE >> 20} MB")
        if hashlib.sha256(entries[name]).hexdigest() != expected_hash:
            raise BundleError(f"{name} does not match its checksum; copy or download the bundle again")
    return manifest, checked_graphs(manifest, {name: entries[name] for name in expected})


def _with_hashes(manifest: Manifest, files: Mapping[str, bytes]) -> Manifest:
    def hashed(part: Any) -> Any:
        if not part.file or part.file not in files:
            return part
        return replace(part, sha256=hashlib.sha256(files[part.file]).hexdigest())

    return replace(
        manifest,
        members=tuple(hashed(one) for one in manifest.members),
        encoders=tuple(hashed(one) for one in manifest.encoders),
        detectors=tuple(hashed(one) for one in manifest.detectors),
    )
