"""A bundle comes back as it was written, and one from a stranger does no harm."""

from __future__ import annotations

import json
import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genrelens.bundle import Manifest, bundle_names, find_bundle, read_bundle, write_bundle
from genrelens.ensemble import Fusion
from genrelens.errors import BundleError, OutputError


@pytest.fixture
def written(tmp_path: Path, manifest: Manifest, files: dict[str, bytes]) -> Path:
    write_bundle(tmp_path / "tiny.bundle", manifest, files)
    return tmp_path / "tiny.bundle"


def rezip(source: Path, target: Path, change: dict[str, bytes | None], **options: int) -> Path:
    """A copy of a bundle with some entries replaced, added or (None) left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = change.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content, **options)
        for name in set(change) - set(old.namelist()):
            new.writestr(name, change[name] or b"")
    return target


def test_what_is_written_is_read(written: Path, manifest: Manifest, files: dict[str, bytes]) -> None:
    bundle = read_bundle(written)
    assert bundle.files == files
    assert bundle.manifest.genres == manifest.genres
    assert bundle.identity.startswith("tiny:")
    assert len(bundle.identity) == len("tiny:") + 12


def test_the_same_contents_give_the_same_bytes(
    tmp_path: Path, manifest: Manifest, files: dict[str, bytes]
) -> None:
    write_bundle(tmp_path / "a.bundle", manifest, files)
    write_bundle(tmp_path / "b.bundle", manifest, dict(reversed(files.items())))
    assert (tmp_path / "a.bundle").read_bytes() == (tmp_path / "b.bundle").read_bytes()


def test_nothing_is_left_beside_a_bundle(written: Path) -> None:
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, manifest: Manifest, files: dict[str, bytes]
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"tiny\.bundle cannot be written"):
        write_bundle(tmp_path / "file" / "tiny.bundle", manifest, files)


def test_unknown_fields_are_tolerated(written: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(written) as archive:
        document = json.loads(archive.read("manifest.json"))
    document["schema"] = "1.7"
    document["mood"] = {"new": True}
    document["members"][0]["colour"] = "blue"
    changed = rezip(written, tmp_path / "newer.bundle", {"manifest.json": json.dumps(document).encode()})
    assert read_bundle(changed).manifest.genres == ("calm", "loud")


def edit(key: str, value: object) -> dict[str, object]:
    return {"key": key, "value": value}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edit("schema", "2.0"), "schema '2.0'"),
        (edit("genres", ["calm"]), "1 genres"),
        (edit("genres", ["calm", "calm"]), "named twice"),
        (edit("genres", "calm"), "list of texts"),
        (edit("members", []), "0 members"),
        (edit("temperature", 0), "temperature"),
        (edit("temperature", "hot"), "no number"),
        (edit("answer_threshold", True), "no number"),
        (edit("combination", {"rule": "loudest"}), "loudest"),
        (edit("combination", {"rule": "soft", "weights": [1]}), "weights"),
        (edit("combination", {"rule": "soft", "weights": [0, 0]}), "zero"),
        (edit("combination", {"rule": "stacked", "coefficients": [[1]], "intercept": [1]}), "stacking"),
        (edit("encoders", [{"name": "musicnn"}]), "licence"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(
    written: Path, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    with zipfile.ZipFile(written) as archive:
        document = json.loads(archive.read("manifest.json"))
    document[str(change["key"])] = change["value"]
    changed = rezip(written, tmp_path / "changed.bundle", {"manifest.json": json.dumps(document).encode()})
    with pytest.raises(BundleError, match=said):
        read_bundle(changed)


@pytest.mark.parametrize("name", ["../../evil.onnx", "/etc/passwd", "members/../x.onnx", "members/a b.onnx"])
def test_a_manifest_cannot_name_files_elsewhere(written: Path, tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(written) as archive:
        document = json.loads(archive.read("manifest.json"))
    document["members"][0]["file"] = name
    changed = rezip(written, tmp_path / "changed.bundle", {"manifest.json": json.dumps(document).encode()})
    with pytest.raises(BundleError, match="permitted"):
        read_bundle(changed)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"members/one.onnx": b"\x08\x08"}, "checksum"),
        ({"members/one.onnx": None}, "lacks"),
        ({"members/three.onnx": b"more"}, "does not name"),
        ({"code.pkl": pickle.dumps(print)}, "does not name"),
        ({"manifest.json": None}, r"no manifest\.json"),
        ({"manifest.json": b"[1]"}, "not a JSON object"),
        ({"manifest.json": b'{"schema": "1.0", "name": NaN}'}, "not JSON"),
        ({"manifest.json": b"[" * 100_000}, "not JSON"),
        ({"manifest.json": b"\xff\xfe"}, "no UTF-8 text"),
    ],
)
def test_other_contents_than_the_manifest_says_are_refused(
    written: Path, tmp_path: Path, change: dict[str, bytes | None], said: str
) -> None:
    with pytest.raises(BundleError, match=said):
        read_bundle(rezip(written, tmp_path / "changed.bundle", change))


def test_a_zip_bomb_is_refused_unread(written: Path, tmp_path: Path) -> None:
    bomb = rezip(written, tmp_path / "bomb.bundle", {}, compress_type=zipfile.ZIP_DEFLATED)
    with pytest.raises(BundleError, match="compressed"):
        read_bundle(bomb)


def test_a_graph_that_points_to_a_file_outside_is_refused(tmp_path: Path, manifest: Manifest) -> None:
    weights = onnx.TensorProto(name="w", data_type=1, dims=[358, 2], data_location=onnx.TensorProto.EXTERNAL)
    weights.external_data.add(key="location", value="../../secret.bin")
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["x", "w"], ["probabilities"])],
        "outside",
        [onnx.helper.make_tensor_value_info("x", 1, ["n", 358])],
        [onnx.helper.make_tensor_value_info("probabilities", 1, ["n", 2])],
        [weights],
    )
    outside = onnx.helper.make_model(graph).SerializeToString()
    with pytest.raises(BundleError, match="outside the bundle"):
        write_bundle(
            tmp_path / "evil.bundle", manifest, {"members/one.onnx": outside, "members/two.onnx": outside}
        )


def test_a_graph_inside_an_operator_is_refused(tmp_path: Path, manifest: Manifest) -> None:
    hidden = onnx.TensorProto(name="w", data_type=1, dims=[1], data_location=onnx.TensorProto.EXTERNAL)
    hidden.external_data.add(key="location", value="/etc/passwd")
    constant = onnx.helper.make_node("Constant", [], ["w"], value=hidden)
    branch = onnx.helper.make_graph(
        [constant], "branch", [], [onnx.helper.make_tensor_value_info("w", 1, [1])]
    )
    node = onnx.helper.make_node("If", ["c"], ["probabilities"], then_branch=branch, else_branch=branch)
    graph = onnx.helper.make_graph(
        [node],
        "g",
        [onnx.helper.make_tensor_value_info("c", 9, [1])],
        [onnx.helper.make_tensor_value_info("probabilities", 1, [1])],
    )
    model = onnx.helper.make_model(graph).SerializeToString()
    with pytest.raises(BundleError, match="attribute of a kind|field 6"):
        write_bundle(
            tmp_path / "evil.bundle", manifest, {"members/one.onnx": model, "members/two.onnx": model}
        )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.floats(0, 1), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_bundle_is_read_right_or_refused(
    written: Path, files: dict[str, bytes], position: float, byte: int, cut: bool
) -> None:
    content = bytearray(written.read_bytes())
    at = min(int(position * len(content)), len(content) - 1)
    damaged = bytes(content[:at]) if cut else bytes(content[:at] + bytes([byte]) + content[at + 1 :])
    copy = written.with_name("damaged.bundle")
    copy.write_bytes(damaged)
    try:
        assert read_bundle(copy).files == files
    except BundleError as error:
        assert "damaged.bundle" in str(error)


def test_the_wrong_files_are_not_written(tmp_path: Path, manifest: Manifest, files: dict[str, bytes]) -> None:
    del files["members/two.onnx"]
    with pytest.raises(BundleError, match="sha256|differ"):
        write_bundle(tmp_path / "x.bundle", manifest, files)
    with pytest.raises(BundleError, match="weights"):
        broken = replace(manifest, combination=Fusion("soft", weights=(1.0,)))
        write_bundle(tmp_path / "x.bundle", broken, files)
    assert not list(tmp_path.iterdir())


def test_names_lead_to_bundles(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_bundle(written) == written
    monkeypatch.setenv("GENRELENS_MODEL", str(written))
    assert find_bundle() == written
    with pytest.raises(BundleError, match="no bundle is called 'nothing'"):
        find_bundle("nothing")
    with pytest.raises(BundleError, match="not a file"):
        read_bundle(tmp_path)
    for name in bundle_names():
        assert read_bundle(find_bundle(name)).manifest.name == name
