"""Products are right, and leave the threads of the BLAS library asleep."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.features.products import product

SIZES = st.integers(1, 300)
WATCH = """
import os, pathlib, re, time
import numpy as np

def switches():
    "How often each thread but this one was put to sleep, once all sleep."
    counts = {}
    while True:
        before, counts = counts, {}
        for task in pathlib.Path("/proc/self/task").iterdir():
            if task.name != str(os.getpid()):
                counts[task.name] = re.findall("ctxt_switches:.*", (task / "status").read_text())
        if counts == before:
            return counts
        time.sleep(0.2)

rng = np.random.default_rng(0)
sound = rng.normal(0, 0.1, 10 * 22050).astype(np.float32)
"""


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES, SIZES, st.sampled_from([np.float32, np.float64]), st.booleans(), st.booleans())
def test_a_product_is_the_sum_of_products(
    height: int, depth: int, width: int, kind: type, turned: bool, vector: bool
) -> None:
    rng = np.random.default_rng(height * depth + width)
    left, right = rng.normal(size=(height, depth)).astype(kind), rng.normal(size=(depth, width)).astype(kind)
    if turned:
        left, right = np.asfortranarray(left), np.asfortranarray(right)
    if vector:
        right = right[:, 0]
    result = product(left, right)
    assert result.dtype == kind
    truth = np.einsum("ij,j...->i...", left.astype(np.float64), right.astype(np.float64))
    np.testing.assert_allclose(result, truth, atol=1e-3 if kind is np.float32 else 1e-10)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize(
    "work",
    [
        "from genrelens.features import Analysis, signal_statistics; signal_statistics(Analysis(sound))",
        "from genrelens.features import Analysis, FEATURES, compute_features;"
        "compute_features(Analysis(sound), tuple(FEATURES))",
        "from genrelens.audio import Excerpt; assert not Excerpt(sound, 22050).is_silent",
        "from genrelens import recognize; recognize((sound, 22050))",
    ],
)
def test_no_other_thread_is_woken(work: str) -> None:
    twice = f"{work}\nbefore = switches()\n{work}\nassert switches() == before, 'woken'\n"
    control = "large = rng.normal(size=(800, 800)); large @ large; print(switches() != before)"
    environment = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    command = [sys.executable, "-c", WATCH + twice + control]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr
    if "True" not in ran.stdout:
        pytest.skip("the BLAS library of this machine has one thread, or shows none")
