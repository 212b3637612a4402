"""ONNX files: totals of published networks, symbolic sizes, operators that are not known, files to refuse."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper

from tauplan.catalog.location import data_root
from tauplan.cli.main import cli
from tauplan.errors import InputError
from tauplan.workload.net.layer import stack
from tauplan.workload.net.onnx_file import read_graph
from tauplan.workload.net.onnx_layers import graph_layers

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
PUBLISHED = {
    "light_resnet50": (25.56, 4.089),
    "light_densenet121": (None, 2.834),
    "light_vgg19": (143.67, 19.632),
}


def tensor(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def weight(name, shape):
    return helper.make_tensor(name, TensorProto.FLOAT, shape, np.zeros(shape, np.float32).tobytes(), raw=True)


def write(path, nodes, inputs, weights=(), outputs=("y",), opset=17):
    outs = [tensor(name, None) for name in outputs]
    graph = helper.make_graph(nodes, "g", inputs, outs, list(weights))
    domains = [helper.make_opsetid("", opset), helper.make_opsetid("org.example", 1)]
    path.write_bytes(helper.make_model(graph, opset_imports=domains, ir_version=8).SerializeToString())
    return path


def layers(path, batch=None, **dims):
    return graph_layers(read_graph(path, batch, dims), data_root())


@pytest.mark.parametrize("name", PUBLISHED)
def test_files_of_published_networks_have_their_totals(name):
    parameters, gmacs = PUBLISHED[name]
    sizes = stack(layers(LIGHT / f"{name}.onnx").layers)
    assert sizes.macs.sum() / 1e9 == pytest.approx(gmacs, rel=0.01)
    if parameters is not None:
        assert sizes.parameters.sum() / 1e6 == pytest.approx(parameters, rel=0.01)


def test_batch_and_named_dimensions_are_set(tmp_path):
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Relu", ["h"], ["y"])]
    path = write(tmp_path / "m.onnx", nodes, [tensor("x", ["N", "tokens", 64])], [weight("w", (64, 256))])
    found = layers(path, batch=4, tokens=10)
    assert stack(found.layers).macs.sum() == 4 * 10 * 64 * 256
    assert stack(found.layers).parameters.sum() == 64 * 256
    with pytest.raises(InputError, match="--set tokens=VALUE"):
        layers(path)
    with pytest.raises(InputError, match="no such symbolic dimension"):
        layers(path, tokens=10, token=3)


def test_products_by_their_shapes(tmp_path):
    nodes = [
        helper.make_node("Einsum", ["q", "k"], ["s"], equation="bhqd,bhkd->bhqk"),
        helper.make_node("Softmax", ["s"], ["p"]),
        helper.make_node("MatMul", ["p", "k"], ["o"]),
        helper.make_node("Conv", ["o", "c"], ["y"], group=12, pads=[1, 1, 1, 1]),
    ]
    ends = [tensor("q", [2, 12, 50, 64]), tensor("k", [2, 12, 50, 64])]
    found = layers(write(tmp_path / "a.onnx", nodes, ends, [weight("c", (12, 1, 3, 3))])).layers
    macs = [float(layer.sizes.macs) for layer in found]
    assert macs == [2 * 12 * 50 * 50 * 64, 0, 2 * 12 * 50 * 50 * 64, 2 * 12 * 50 * 64 * 9]
    assert [layer.kind for layer in found] == ["product", "norm", "product", "depthwise convolution"]


def test_shared_weights_are_held_once_and_read_twice(tmp_path):
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("MatMul", ["h", "w"], ["y"])]
    sizes = stack(
        layers(write(tmp_path / "s.onnx", nodes, [tensor("x", [1, 8])], [weight("w", (8, 8))])).layers
    )
    assert sizes.weights.sum() == 128
    assert sizes.parameters.sum() == 64


def test_unknown_operators_are_listed_with_a_bound(tmp_path):
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("Mystery", ["h", "h"], ["u"], domain="org.example"),
        helper.make_node("Relu", ["x"], ["y"]),
    ]
    ends = [tensor("x", [32, 32])]
    found = layers(write(tmp_path / "u.onnx", nodes, ends, [weight("w", (32, 32))]))
    assert "org.example.Mystery x 1" in found.notes[0]
    assert [layer.kind for layer in found.layers] == ["dense", "unknown", "element-wise"]


def test_a_thousand_nodes_take_less_than_a_second(tmp_path):
    names = ["x", *(f"v{i}" for i in range(999)), "y"]
    nodes = [
        helper.make_node(
            "Conv" if i % 2 else "Relu", [names[i], "w"] if i % 2 else [names[i]], [names[i + 1]]
        )
        for i in range(1000)
    ]
    path = write(tmp_path / "k.onnx", nodes, [tensor("x", ["N", 16, 8, 8])], [weight("w", (16, 16, 1, 1))])
    start = time.perf_counter()
    done = CliRunner().invoke(
        cli, ["inspect", str(path), "--on", "Kunlun 3", "--batch", "8", "--format", "fp16"]
    )
    assert done.exit_code == 0 and "1000 layers" in done.output
    assert time.perf_counter() - start < 2.0  # 0.6 s alone on one core; other tests run beside it


def refused(path, match):
    with pytest.raises(InputError, match=match) as caught:
        layers(path)
    assert len(caught.value.problems) == 1


def test_hostile_and_broken_files_are_refused_with_one_error(tmp_path):
    relu = [helper.make_node("Relu", ["x"], ["y"])]
    good = write(tmp_path / "good.onnx", relu, [tensor("x", [1, 8])]).read_bytes()
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(good[: len(good) // 2])
    refused(broken, "not an ONNX model")
    broken.write_bytes(b"")
    refused(broken, "not an ONNX model")
    refused(tmp_path / "missing.onnx", "cannot read")
    refused(write(broken, relu, [tensor("x", [1, 8])], opset=6), "too old")
    refused(write(broken, relu, [tensor("x", [2**30, 2**30])]), "no possible size")
    ring = [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]
    refused(write(broken, ring, [tensor("x", [1])], outputs=("b",)), "a cycle")
    refused(write(broken, [helper.make_node("Relu", ["z"], ["y"])], [tensor("x", [1])]), "nothing makes")
    apart = [helper.make_node("MatMul", ["x", "z"], ["y"])]
    refused(write(broken, apart, [tensor("x", [2, 3]), tensor("z", [4, 5])]), "contradict")


def test_control_flow_is_refused(tmp_path):
    branch = helper.make_graph([helper.make_node("Relu", ["x"], ["b"])], "b", [], [tensor("b", [1])])
    node = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    ends = [tensor("c", [], TensorProto.BOOL), tensor("x", [1])]
    refused(write(tmp_path / "if.onnx", [node], ends), "control flow")


@pytest.mark.parametrize("place", ["../secret.bin", "/etc/hostname", "", "missing.bin"])
def test_external_data_outside_the_folder_is_refused(tmp_path, place):
    held = weight("w", (8, 8))
    held.ClearField("raw_data")
    held.data_location = TensorProto.EXTERNAL
    entry = held.external_data.add()
    entry.key, entry.value = "location", place
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    refused(write(tmp_path / "e.onnx", nodes, [tensor("x", [1, 8])], [held]), "external data")


def test_external_data_beside_the_file_need_not_be_read(tmp_path):
    (tmp_path / "w.bin").write_bytes(bytes(256))
    held = weight("w", (8, 8))
    held.ClearField("raw_data")
    held.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "w.bin"), ("offset", "0"), ("length", "256")):
        entry = held.external_data.add()
        entry.key, entry.value = key, value
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    path = write(tmp_path / "e.onnx", nodes, [tensor("x", [1, 8])], [held])
    assert stack(layers(path).layers).macs.sum() == 64
    (tmp_path / "w.bin").write_bytes(bytes(255))
    refused(path, "too short")
