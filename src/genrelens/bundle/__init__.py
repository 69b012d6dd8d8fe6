"""The bundle: one file that holds an ensemble with everything needed to run it.

- `manifest`: what a bundle says of itself, as dataclasses and as JSON
- `archive`: the file: written atomically and reproducibly, read with distrust
- `graph_check`: a look into ONNX bytes for references to files outside them
- `shelf`: the bundles in the package, and how a name or a path leads to one
"""

from genrelens.bundle.archive import Bundle, read_bundle, write_bundle
from genrelens.bundle.manifest import Conditioning, Encoder, Guard, Manifest, Member
from genrelens.bundle.packaged import bundle_names, find_bundle

__all__ = [
    "Bundle",
    "Conditioning",
    "Encoder",
    "Guard",
    "Manifest",
    "Member",
    "bundle_names",
    "find_bundle",
    "read_bundle",
    "write_bundle",
]
