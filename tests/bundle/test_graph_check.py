"""A bundle's graphs are held to budgets, each and together, those of carried encoders as well."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrelens.bundle import Encoder, Manifest, Member, bundle_names, find_bundle, read_bundle, write_bundle
from genrelens.errors import BundleError
from genrelens.graphs import Graph


def long_sum(operators: int, width: int = 4000) -> bytes:
    """A graph without weights that computes and computes."""
    graph = Graph("long")
    x = graph.input("x", ("n", "frames", width))
    for number in range(operators):
        x = graph.node("Exp" if number % 2 else "Log", x)
    graph.output(graph.node("ReduceMax", x, axes=[1], keepdims=0), "y", ("n", width))
    return graph.to_bytes()


def encoder(repeats: int) -> bytes:
    """An encoder that says its input again and again."""
    graph = Graph("musicnn")
    power = graph.input("power", ("n", "frames", 257))
    times = graph.constant("times", np.array([1, repeats, 1], np.int64))
    mean = graph.node("ReduceMean", graph.node("Tile", power, times), axes=[1], keepdims=0)
    graph.output(mean, "embedding", ("n", 257))
    return graph.to_bytes()


@pytest.mark.parametrize("name", bundle_names())
def test_the_packages_graphs_reach_the_runtime_as_they_are(name: str) -> None:
    bundle = read_bundle(find_bundle(name))
    with zipfile.ZipFile(find_bundle(name)) as archive:
        assert {file: archive.read(file) for file in bundle.files} == bundle.files


def test_members_that_fit_alone_do_not_all_fit_together(tmp_path: Path, manifest: Manifest) -> None:
    files = {f"members/{number}.onnx": long_sum(26) for number in range(5)}
    for count, fits in ((3, True), (5, False)):
        some = dict(list(files.items())[:count])
        several = replace(
            manifest, members=tuple(Member(file[8:-5], "long", ("mel",), file) for file in some)
        )
        if fits:
            write_bundle(tmp_path / "several.bundle", several, some)
            assert len(read_bundle(tmp_path / "several.bundle").files) == count
        else:
            with pytest.raises(BundleError, match="its networks together would take more"):
                write_bundle(tmp_path / "several.bundle", several, some)


def test_an_encoder_in_a_bundle_is_held_to_the_budget(
    tmp_path: Path, manifest: Manifest, files: dict[str, bytes]
) -> None:
    carrying = replace(manifest, encoders=(Encoder("musicnn", "ISC", "encoders/musicnn.onnx"),))
    write_bundle(tmp_path / "fits.bundle", carrying, {**files, "encoders/musicnn.onnx": encoder(2)})
    assert read_bundle(tmp_path / "fits.bundle").files["encoders/musicnn.onnx"] == encoder(2)
    for model in (encoder(10**6), long_sum(2)):
        with pytest.raises(BundleError, match=r"encoders/musicnn\.onnx is no network that genrelens runs"):
            write_bundle(tmp_path / "bomb.bundle", carrying, {**files, "encoders/musicnn.onnx": model})


def test_a_bomb_in_a_finished_bundle_is_refused_on_reading(
    tmp_path: Path, manifest: Manifest, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = {**files, "members/two.onnx": long_sum(200)}
    with monkeypatch.context() as unchecked:
        unchecked.setattr("genrelens.bundle.archive.checked_graphs", lambda _, parts: dict(parts))
        write_bundle(tmp_path / "bomb.bundle", manifest, bomb)
    with pytest.raises(
        BundleError, match=r"bomb\.bundle is no usable bundle: members/two\.onnx .* compute longer"
    ):
        read_bundle(tmp_path / "bomb.bundle")
