"""The store of inputs computed from recordings: computed once over all cores, stored, mapped into memory.

- `store`: what is missing is computed, what is there is given back; `table`: its rows
- `input_source`: what computes, with a fingerprint; `extraction`: one recording
- `run`: one run of the store; `identities`: checksums of the tracks
- `segments`, `segment_writer`, `index`, `index_records`: onto the disk
"""

from genrelens.feature_store.input_source import Computer, InputSource, RecognitionInputs
from genrelens.feature_store.store import FeatureStore, StoreInfo, Usage, default_folder
from genrelens.feature_store.table import FeatureTable

__all__ = [
    "Computer",
    "FeatureStore",
    "FeatureTable",
    "InputSource",
    "RecognitionInputs",
    "StoreInfo",
    "Usage",
    "default_folder",
]
