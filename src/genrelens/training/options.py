"""Options of a trainer that are not in the recipe: seed, device, processes, how the epoch is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TestCurve = Literal["unseen", "noted", "chooses"]


@dataclass(frozen=True)
class TrainerOptions:
    """Options of a trainer.

    By default early stopping is the recipe's: by a part set apart inside the training part. With inner
    models, or where the test curve chooses, all epochs are trained, and what would be set apart is learnt
    from.

    Attributes:
        seed: of everything random.
        device: `cpu` or `cuda`.
        jobs: processes on a processor; numbers do not depend on it.
        inner_folds: so many models more are trained inside each training part, each tested on what it has not
            learnt from, artists kept whole. The epoch at which they are right most often is the one that is
            kept, so it is chosen before anything is tested. 0 for none.
        test_curve: `unseen`: tested tracks are answered once, by the finished model. `noted`: also after
            every epoch, and nothing follows from it. `chooses`: the epoch that does best on the tested
            tracks is kept. That is the optimistic number which many papers report, here so that it can be
            studied: it does not hold for other music.
        common_seeds: whether all members of a split draw the same order of rows, so that they differ in their
            architecture and input alone; otherwise each draws its own.
        models: whether models are stored, or only their predictions.

    Raises:
        ValueError: both inner models and the test curve are to choose the epoch, or there is one inner fold.
    """

    seed: int = 0
    device: str = "cpu"
    jobs: int = 1
    inner_folds: int = 0
    test_curve: TestCurve = "unseen"
    common_seeds: bool = False
    models: bool = True

    def __post_init__(self) -> None:
        if self.inner_folds == 1:
            raise ValueError("one inner fold leaves nothing to learn from; give 2 or more, or 0")
        if self.inner_folds and self.test_curve == "chooses":
            raise ValueError("either inner models choose the epoch or the test curve does, not both")

    @property
    def trains_all_epochs(self) -> bool:
        """Whether the epoch is chosen otherwise than by a part set apart for early stopping."""
        return self.inner_folds > 0 or self.test_curve == "chooses"
