"""The bundle: one file that holds an ensemble with everything needed to run it.

- `manifest`: the description of a bundle, as dataclasses and as JSON
- `archive`: the file: written atomically and reproducibly, checked when it is read
- `graph_check`: checks the ONNX graphs of a bundle before a runtime loads them
- `packaged`: the bundles in the package, and which file a name or a path means
- `stored_zip`, `strict_json`, `fields`: strict readers of the file and its manifest
"""

from genrelens.bundle.archive import Bundle, read_bundle, write_bundle
from genrelens.bundle.manifest import Conditioning, Detector, Encoder, Manifest, Member
from genrelens.bundle.packaged import bundle_names, find_bundle

__all__ = [
    "Bundle",
    "Conditioning",
    "Detector",
    "Encoder",
    "Manifest",
    "Member",
    "bundle_names",
    "find_bundle",
    "read_bundle",
    "write_bundle",
]
