"""The training data of a recipe: inputs of every track and variant, computed once and stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from genrelens.augmentation.chains import training_variants
from genrelens.augmentation.protocol import CLEAN
from genrelens.datasets import DataSet
from genrelens.feature_store import FeatureStore
from genrelens.recipes.load import Recipe
from genrelens.training.data import TrainingData, data_of
from genrelens.training.log_mel_inputs import LogMelInputs


def input_store(recipe: Recipe, folder: Path | None = None) -> FeatureStore:
    """The store of a recipe's inputs, computed from sound after the recipe's preprocessing.

    Args:
        recipe: whose preprocessing (`conditioning`).
        folder: where they are kept; None is the user's cache.
    """
    return FeatureStore(folder, LogMelInputs(recipe.conditioning))


def training_data(
    recipe: Recipe,
    dataset: DataSet,
    store: FeatureStore,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> TrainingData:
    """The training data of a recipe; tracks that cannot be decoded are left out with a note.

    Args:
        recipe: its inputs and variants.
        dataset: tracks and genres.
        store: where inputs are kept, see `input_store`.
        jobs: processes that decode and compute.
        progress: called with recordings done, and how many there are.

    Raises:
        DataError: too few tracks of a genre can be decoded.
        EncoderError: a network is not on this machine.
    """
    table = store.compute(
        dataset.tracks,
        recipe.learnt_from(),
        variants=(CLEAN,) if recipe.variants == "none" else tuple(training_variants()),
        jobs=jobs,
        progress=progress,
    )
    return data_of(dataset, table, recipe.learnt_from())
