"""Thousands of changed graphs: each is refused in a sentence, or runs within the limits that were reckoned.

A graph that is let through runs in a process of its own, whose memory and time are limited: what the budget
promises is what the process is given.
"""

from __future__ import annotations

import multiprocessing
import random

import numpy as np
import onnx
import pytest
from graph_process import run_graphs
from onnx import helper

from genrelens.bundle.graph_check import checked_part
from genrelens.errors import GraphError
from genrelens.graphs.operators import OPERATORS

MUTATIONS = 3000
LONGEST_S = 60
OTHERS = ["ConstantOfShape", "Expand", "Range", "Loop", "Gather", "Resize", "Pad", "Einsum", "NonZero"]


def bytes_changed(content: bytes, dice: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(changed))
        match dice.randrange(4):
            case 0:
                changed[place] ^= 1 << dice.randrange(8)
            case 1:
                changed[place : place + dice.randint(1, 8)] = b""
            case 2:
                changed[place:place] = dice.randbytes(dice.randint(1, 8))
            case _:
                other = dice.randrange(len(changed))
                changed[place : place + 20] = changed[other : other + 20]
    return bytes(changed)


def structure_changed(content: bytes, dice: random.Random) -> bytes:
    model = onnx.load_from_string(content)
    graph = model.graph
    for _ in range(dice.randint(1, 3)):
        node = dice.choice(graph.node)
        tensor = dice.choice(graph.initializer)
        match dice.randrange(9):
            case 0:
                node.op_type = dice.choice([*OPERATORS, *OTHERS])
            case 1:
                values = [name for one in graph.node for name in one.output] + ["x", tensor.name]
                if node.input:
                    node.input[dice.randrange(len(node.input))] = dice.choice(values)
            case 2:
                graph.node.insert(dice.randrange(len(graph.node)), node)
            case 3:
                graph.node.remove(node)
            case 4:
                name = dice.choice(["axis", "axes", "group", "pads", "strides", "kernel_shape", "perm", "to"])
                value = dice.choice([0, -1, 1, 2, 1 << 31, 1 << 62])
                node.attribute.append(helper.make_attribute(name, dice.choice([value, [value] * 2])))
            case 5:
                if node.attribute:
                    attribute = dice.choice(node.attribute)
                    attribute.i = dice.choice([0, 1, -1, 3, 1 << 40])
                    attribute.ints[:] = [dice.choice([0, 1, 2, 1000]) for _ in attribute.ints]
            case 6:
                sizes = np.array(dice.choices([0, 1, 2, 1000, 10**6, 10**9], k=dice.randint(1, 3)))
                tensor.CopyFrom(onnx.numpy_helper.from_array(sizes, tensor.name))
            case 7:
                sizes = dice.choices([1, 2, 12, 100, 3000], k=dice.randint(1, 3))
                if np.prod(sizes) < 10**6:
                    weights = np.ones(sizes, np.float32)
                    tensor.CopyFrom(onnx.numpy_helper.from_array(weights, tensor.name))
            case _:
                for _ in range(dice.randint(1, 30)):
                    extra = helper.make_node("Concat", [node.output[0]] * 2, [f"e{len(graph.node)}"], axis=0)
                    graph.node.append(extra)
                    node = extra
        if not graph.node or not graph.initializer:
            break
    return model.SerializeToString()


@pytest.mark.heavy
def test_mutated_graphs_are_refused_or_run_within_limits(exported: dict[str, bytes]) -> None:
    dice = random.Random(20261130)
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run_graphs, args=(theirs,), daemon=True)
    process.start()
    counts = dict.fromkeys(["refused", "ran", "refused by the runtime"], 0)
    names = sorted(exported)
    for number in range(MUTATIONS):
        change = bytes_changed if number % 2 else structure_changed
        mutated = change(exported[names[number % len(names)]], dice)
        try:
            checked = checked_part(mutated).model
        except GraphError as error:
            assert "\n" not in str(error)
            counts["refused"] += 1
            continue
        ours.send_bytes(checked)
        assert ours.poll(LONGEST_S), f"mutation {number} runs for longer than {LONGEST_S} s"
        said, _ = ours.recv()
        assert said in counts, f"mutation {number}: {said}"
        counts[said] += 1
    ours.send_bytes(b"")
    process.join(10)
    assert counts["refused"] > MUTATIONS // 4, counts
    assert counts["ran"] > MUTATIONS // 20, counts
