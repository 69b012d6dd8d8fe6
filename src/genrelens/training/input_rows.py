"""The rows of one input, or of several vectors concatenated, as trainings take them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from genrelens.training.data import TrainingData
from genrelens.training.matrix import Clips, clips_of
from genrelens.training.run_folder import digest

Input = tuple[tuple[str, ...], str]
"""Names of the inputs that are concatenated, and what is done to their values (`models.TRANSFORMS`)."""


class InputRows:
    """The rows of an input, made when they are needed, and a digest of their content.

    Args:
        data: holds the input.
        own: which.
        contents: digests that are known, by input; what is made here is added.
    """

    def __init__(self, data: TrainingData, own: Input, contents: dict[Input, str]) -> None:
        self._data, self._own, self._contents = data, own, contents

    @cached_property
    def clips(self) -> Clips:
        """All rows as one array, transformed."""
        names, transform = self._own
        columns = [self._data.inputs[name] for name in names]
        arrays = (
            columns[0] if len(columns) == 1 else [np.concatenate(row) for row in zip(*columns, strict=True)]
        )
        return clips_of(arrays, self._data.row_labels, len(self._data.genres), transform)

    @property
    def content(self) -> str:
        """Of values, labels and lengths; hashed once."""
        if self._own not in self._contents:
            clips = self.clips
            lengths = np.zeros(0) if clips.lengths is None else clips.lengths
            self._contents[self._own] = digest(clips.x, clips.labels, lengths)
        return self._contents[self._own]
