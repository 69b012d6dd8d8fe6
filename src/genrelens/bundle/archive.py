"""The bundle file: a stored zip, written atomically and reproducibly, read with distrust."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from genrelens.bundle.graph_check import refuse_external_data
from genrelens.bundle.manifest import Manifest, validate
from genrelens.errors import BundleError, shown
from genrelens.whole_files import beside

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 8 << 20
LARGEST_FILE = 64 << 20
LARGEST_TOTAL = 256 << 20
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bundle:
    """A verified bundle in memory.

    Attributes:
        manifest: what it says of itself.
        files: the ONNX bytes by their name in the manifest, hashes verified.
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
        """What `genrelens info` tells, as JSON values."""
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
            "guards": [{"name": one.name, "inputs": list(one.inputs)} for one in manifest.guards],
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
    """Writes a bundle beside its place and renames it there; equal contents give equal bytes.

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
    manifest = _with_hashes(manifest, files)
    validate(manifest)
    if set(manifest.files()) != set(files):
        odd = sorted(set(manifest.files()) ^ set(files))
        raise BundleError(f"{shown(target)}: manifest and files differ in {', '.join(odd)}")
    for content in files.values():
        refuse_external_data(content)
    with beside(target, "choose another --out") as partial, zipfile.ZipFile(partial, "w") as archive:
        for name, content in [(MANIFEST, manifest.to_json().encode()), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return manifest


def read_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Reads a bundle, from whomever it comes.

    Nothing inside is executed or unpickled: names are checked against the manifest, sizes are bounded
    before reading, hashes are verified, and graphs that refer to other files are refused.

    Args:
        path: the bundle file.

    Raises:
        BundleError: saying what is wrong with the file.
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
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(set(names)) != len(names):
                raise BundleError("it holds two files of one name")
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                raise BundleError("it is compressed, bundles are stored")
            if sum(entry.file_size for entry in entries) > LARGEST_TOTAL:
                raise BundleError("it is larger than any bundle")
            if MANIFEST not in names:
                raise BundleError("it holds no manifest.json")
            text = _read_entry(archive, MANIFEST, LARGEST_MANIFEST).decode("utf-8", "strict")
            manifest = Manifest.from_json(text)
            expected = manifest.files()
            unknown = sorted(set(names) - set(expected) - {MANIFEST})
            missing = sorted(set(expected) - set(names))
            if unknown or missing:
                what = [f"holds {name}, which its manifest does not name" for name in unknown[:1]]
                what += [f"lacks {name}" for name in missing[:1]]
                raise BundleError(f"it {' and '.join(what)}")
            files = {name: _read_entry(archive, name, LARGEST_FILE) for name in expected}
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BundleError(f"it is no zip file of the kind bundles are ({error})") from error
    for name, expected_hash in expected.items():
        if hashlib.sha256(files[name]).hexdigest() != expected_hash:
            raise BundleError(f"{name} does not match its checksum; copy or download the bundle again")
        refuse_external_data(files[name])
    return manifest, files


def _read_entry(archive: zipfile.ZipFile, name: str, largest: int) -> bytes:
    if archive.getinfo(name).file_size > largest:
        raise BundleError(f"{name} is larger than {largest >> 20} MB")
    with archive.open(name) as stream:
        return stream.read(largest + 1)


def _with_hashes(manifest: Manifest, files: Mapping[str, bytes]) -> Manifest:
    def hashed(part: Any) -> Any:
        if not part.file or part.file not in files:
            return part
        return replace(part, sha256=hashlib.sha256(files[part.file]).hexdigest())

    return replace(
        manifest,
        members=tuple(hashed(one) for one in manifest.members),
        encoders=tuple(hashed(one) for one in manifest.encoders),
        guards=tuple(hashed(one) for one in manifest.guards),
    )
