"""Data sets and the store of what was computed from them.

- `dataset`: tracks, genres, groups of artists; what is refused and what is warned of
- `loading`: from a folder, a table, mirdata or several of them to a data set
- `artists`, `gtzan`: who plays, and what is known about GTZAN
"""

from genrelens.datasets.dataset import DataSet, Track
from genrelens.datasets.loading import load_dataset

__all__ = ["DataSet", "Track", "load_dataset"]
