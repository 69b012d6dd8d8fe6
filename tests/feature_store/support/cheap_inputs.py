"""A source of inputs that costs nearly nothing, for tests of the store; importable by worker processes."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from genrelens.audio import Excerpt
from genrelens.errors import DataError
from genrelens.feature_store import Computer

INPUTS = ("frames", "mean", "threads")


@dataclass(frozen=True)
class CheapInputs:
    """`frames`: blocks of 100 samples, sorted; `mean`: mean and spread; `threads`: what a worker may use.

    `log` gets a line for each call; `slow_s` makes calls slower; samples of exactly 0.5 kill the process.
    """

    log: Path | None = None
    slow_s: float = 0.0
    version: int = 1
    facts: Mapping[str, str] = field(default_factory=dict)

    def canonical(self, name: str) -> str:
        if name == "average":
            return "mean"
        if name not in INPUTS:
            raise DataError(f"no input is called {name!r}")
        return name

    def fingerprint(self, name: str) -> str:
        return f"{name} {self.version}"

    def build(self, names: Sequence[str]) -> Computer:
        def compute(excerpt: Excerpt) -> dict[str, np.ndarray]:
            samples = excerpt.samples
            if abs(float(samples.max()) - 0.5) < 1e-4 and float(np.ptp(samples)) < 1e-3:
                os._exit(3)
            if self.log is not None:
                with open(self.log, "a", encoding="utf-8") as file:
                    file.write(f"{','.join(names)} {excerpt.start_s} {len(samples)}\n")
            time.sleep(self.slow_s)
            blocks = samples[: len(samples) // 100 * 100].reshape(-1, 100)
            computed = {
                "frames": np.sort(blocks, axis=1) * np.float32(self.version),
                "mean": np.array([samples.mean(), samples.std()], np.float32),
                "threads": np.array([float(os.environ.get("OMP_NUM_THREADS", "0"))], np.float32),
            }
            return {name: computed[name] for name in names}

        return compute
