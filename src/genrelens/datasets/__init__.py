"""Data sets: tracks, each with a genre and, where known, an artist.

- `dataset`: tracks, genres, groups of artists; what is refused and what is warned of
- `loading`: from a folder, a table, mirdata or several of them to a data set
- `folders`, `tables`, `tags`, `mirdata_sets`: the kinds of source
- `checksums`: the identity of a recording; `trained_tracks`: which tracks a bundle was trained on
"""

from genrelens.datasets.dataset import DataSet, Track
from genrelens.datasets.loading import load_dataset

__all__ = ["DataSet", "Track", "load_dataset"]
