"""All cells under all protocols, trained in processes; what was trained before is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from genrelens.datasets import DataSet
from genrelens.errors import GenreLensError
from genrelens.evaluation.splits import Split, SplitPlan
from genrelens.feature_store.table import FeatureTable
from genrelens.models import ARCHITECTURES
from genrelens.paper.cells import Cell
from genrelens.paper.fitting import Tracks, fit_splits
from genrelens.paper.runs import Run, SplitRun, digest_of, read_record, record_path, write_record
from genrelens.recipes.load import MemberRecipe, NetworkSizes, Recipe, Training
from genrelens.training.matrix import Clips, clips_of
from genrelens.training.run_folder import RunFolder, read_clips
from genrelens.training.workers import run_tasks

Progress = Callable[[int, int], None]
"""Called with work done and work in all, in units that each take about as long."""


@dataclass(frozen=True, eq=False)
class _Part:
    """One split of one cell, and where its record lies."""

    number: int
    split: Split
    path: Path


@dataclass(frozen=True, eq=False)
class _CellTask:
    """Splits of one cell that are trained together: one on a processor, all on a GPU."""

    member: MemberRecipe
    sizes: NetworkSizes
    clips: Path
    tracks: Tracks
    parts: tuple[_Part, ...]
    inner_folds: int
    seed: int
    device: str
    cost: int

    def run(self, tick: Callable[[int], None], /) -> None:
        runs = fit_splits(
            self.member,
            self.sizes,
            _mapped_clips(self.clips),
            self.tracks,
            [(part.number, part.split) for part in self.parts],
            self.inner_folds,
            self.seed,
            self.device,
            lambda epochs: tick(epochs * self.cost),
        )
        for part, run in zip(self.parts, runs, strict=True):
            write_record(part.path, run)


@lru_cache(maxsize=1)
def _mapped_clips(folder: Path) -> Clips:
    return read_clips(folder)


@dataclass(frozen=True, eq=False)
class Bench:
    """What stays the same for all cells and protocols.

    Args:
        data: the tracks; of two collections where a protocol needs both, the first before the other.
        table: inputs of all tracks.
        recipe: network sizes and transforms.
        training: of every cell.
        folder: of records.
        inner_folds: models more a training part.
        seed: of networks.
        device: `cpu` or `cuda`.
        jobs: processes on a processor.
    """

    data: DataSet
    table: FeatureTable
    recipe: Recipe
    training: Training
    folder: Path
    inner_folds: int
    seed: int
    device: str
    jobs: int

    def run(
        self, cells: Sequence[Cell], plans: Mapping[str, SplitPlan], progress: Progress
    ) -> dict[str, dict[str, Run]]:
        """Every cell under every plan, from the folder or trained now: by protocol and cell.

        Raises:
            OutputError: the folder cannot be written.
        """
        tracks = Tracks(self.data.labels, self.data.group_numbers, self.table.track, len(self.data.genres))
        found: dict[Path, SplitRun] = {}
        parts_of: dict[tuple[str, str], list[_Part]] = {}
        missing: dict[str, list[tuple[Cell, list[_Part]]]] = {}
        for protocol, plan in plans.items():
            for cell in cells:
                parts = [
                    _Part(number, split, self._path(cell, plan, number, split))
                    for number, split in enumerate(plan.splits)
                ]
                parts_of[protocol, cell.name] = parts
                found |= {p.path: known for p in parts if (known := read_record(p.path)) is not None}
                left = [part for part in parts if part.path not in found]
                if left:
                    missing.setdefault(cell.input, []).append((cell, left))
        self._train(missing, tracks, progress)
        for parts in parts_of.values():
            for part in parts:
                if part.path not in found:
                    found[part.path] = _there(part.path)
        return {
            protocol: {
                cell.name: Run(
                    cell.name, protocol, tuple(found[part.path] for part in parts_of[protocol, cell.name])
                )
                for cell in cells
            }
            for protocol in plans
        }

    def _train(
        self, missing: Mapping[str, Sequence[tuple[Cell, list[_Part]]]], tracks: Tracks, progress: Progress
    ) -> None:
        scratch = RunFolder(self.folder)
        tasks: list[_CellTask] = []
        for name, jobs in missing.items():
            transform = self.recipe.transforms.get(name, "none")
            rows = clips_of(
                self.table.frames(name), tracks.labels[tracks.row_track], tracks.genres, transform
            )
            clips = scratch.write_clips(name.replace("/", "-"), rows)
            tasks += [
                _CellTask(
                    self._member(cell),
                    self.recipe.network,
                    clips,
                    tracks,
                    parts,
                    self.inner_folds,
                    self.seed,
                    self.device,
                    _cost(cell.architecture, rows.width, parts),
                )
                for cell, left in jobs
                for parts in ([tuple(left)] if self.device == "cuda" else [(one,) for one in left])
            ]
        epochs = self.training.epochs * (1 + self.inner_folds)
        total, done = sum(task.cost * epochs * len(task.parts) for task in tasks), 0

        def tick(work: int) -> None:
            nonlocal done
            done += work
            progress(done, total)

        # the longest first, so that no process is left alone with one at the end
        tasks.sort(key=lambda task: -task.cost * len(task.parts))
        try:
            run_tasks(tasks, self.jobs if self.device == "cpu" else 1, tick)
        finally:
            _mapped_clips.cache_clear()
            scratch.remove_clips()

    def _member(self, cell: Cell) -> MemberRecipe:
        return MemberRecipe(cell.name, cell.architecture, (cell.input,), self.training)

    def _path(self, cell: Cell, plan: SplitPlan, number: int, split: Split) -> Path:
        digest = digest_of(
            {
                "data": self.data.fingerprint,
                "ids": [track.id for track in self.data.tracks],
                "split": [part.tolist() for part in (split.train, split.valid, split.test)],
                "member": [cell.architecture, cell.input, self.training.__dict__],
                "network": self.recipe.network.__dict__,
                "transform": self.recipe.transforms.get(cell.input, "none"),
                "seed": [self.seed, number],
                "inner": self.inner_folds,
            }
        )
        return record_path(self.folder, plan.protocol, cell.name, split.name, digest)


def _cost(architecture: str, width: int, parts: Iterable[_Part]) -> int:
    """Roughly how long an epoch takes, beside others, as measured on one core."""
    one = ARCHITECTURES[architecture]
    each = (12 + width / 12 + (8 if one.lstm else 0)) if one.takes_frames else 1
    learnt = np.mean([len(part.split.train) + len(part.split.valid) for part in parts])
    return max(1, round(each * float(learnt) / 50))


def _there(path: Path) -> SplitRun:
    run = read_record(path)
    if run is None:
        raise GenreLensError(f"{path} vanished while the run went on; run the command again")
    return run
