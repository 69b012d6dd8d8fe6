"""What every system promises: one file of its name, finite inputs of their shape, a stated claim."""

from __future__ import annotations

import pickle
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("sklearn")

from genrelens.audio.excerpts import Excerpt
from genrelens.baselines.inputs import BaselineInputs
from genrelens.baselines.registry import baseline_names, load_baseline
from genrelens.errors import RecipeError
from genrelens.recognition.inputs import canonical_input

NAMES = baseline_names()


@pytest.mark.parametrize("name", NAMES)
def test_a_system_is_what_it_says(name: str) -> None:
    system = load_baseline(name)
    module = import_module(f"genrelens.baselines.systems.{name}")
    assert system.name == name
    assert system.meaning
    assert (module.__doc__ or "").count("\n") >= 2, "the module says what is built and what was chosen"
    if system.claimed is not None:
        assert system.reference is not None
        assert system.claimed_how
        assert 10 < system.claimed < 100
    for one in system.inputs:
        if isinstance(one, str):
            assert canonical_input(one)
        else:
            pickle.loads(pickle.dumps(one.compute))
    parameters = system.classifier().get_params()
    assert set(system.grid) <= set(parameters), "the grid names parameters that the classifier has"


@pytest.mark.parametrize("name", [name for name in NAMES if load_baseline(name).descriptors])
@pytest.mark.parametrize("seconds", [30, 1])
def test_descriptors_give_finite_numbers_of_their_shape_for_any_length(
    name: str, seconds: int, music: list[Path]
) -> None:
    samples, rate = soundfile.read(music[0], frames=seconds * 44100, dtype="float32", always_2d=True)
    system = load_baseline(name)
    wanted = {f"descriptor/{one.name}": one.shape for one in system.descriptors}
    compute = BaselineInputs(system.descriptors).build(list(wanted))
    found = compute(Excerpt(np.ascontiguousarray(samples.mean(axis=1)), rate))
    assert {key: array.shape for key, array in found.items()} == wanted
    assert all(np.isfinite(array).all() for array in found.values())
    again = compute(Excerpt(np.ascontiguousarray(samples.mean(axis=1)), rate))
    assert all(np.array_equal(found[key], again[key]) for key in found)


def test_names_of_descriptors_are_unique_since_the_store_keeps_them_by_name() -> None:
    one_of = {}
    for name in NAMES:
        for descriptor in load_baseline(name).descriptors:
            assert one_of.setdefault(descriptor.name, descriptor) == descriptor


def test_an_unknown_system_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(RecipeError, match="averaged_svm"):
        load_baseline("averaged_forest")
