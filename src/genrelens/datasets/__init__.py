"""Data sets and the store of what was computed from them.

- `dataset`: tracks, genres, groups of artists; what is refused and what is warned of
- `loading`: from a folder, a table, mirdata or several of them to a data set
- `artists`, `gtzan`: who plays, and what is known about GTZAN
- `feature_store`: inputs of recordings, computed once over all cores and kept; `feature_table`: its rows
- `variants`: the same recording heard otherwise; `input_source`: what computes
- `store_run`: one run of the store; `extraction`, `workers`: one recording's arrays, many recordings
- `trained_tracks`: which tracks a bundle was trained on, by digests
- `keeper`, `segments`, `store_index`: onto the disk; `checksums`, `identities`: by what a recording is known
"""

from genrelens.datasets.dataset import DataSet, Track
from genrelens.datasets.feature_store import FeatureStore, StoreInfo, Usage, default_folder
from genrelens.datasets.feature_table import FeatureTable
from genrelens.datasets.input_source import Computer, InputSource, RecognitionInputs
from genrelens.datasets.loading import load_dataset
from genrelens.datasets.variants import CLEAN, Clean, Variant

__all__ = [
    "CLEAN",
    "Clean",
    "Computer",
    "DataSet",
    "FeatureStore",
    "FeatureTable",
    "InputSource",
    "RecognitionInputs",
    "StoreInfo",
    "Track",
    "Usage",
    "Variant",
    "default_folder",
    "load_dataset",
]
