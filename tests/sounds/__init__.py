"""What is none of the genres: synthesised sounds, for calibrating and testing that they stay unnamed.

    samples, rate = SOUNDS["speech"](10.0, 1003)      # seconds, seed -> float32 (n,), Hz

Every sound is deterministic in its seed, finite, within [-1, 1] and of exactly `seconds`. Seeds come in two
families: CALIBRATION_SEEDS may be used to choose thresholds or to train; HELD_OUT_SEEDS are for tests alone.
They differ not only in the random numbers but in what the sounds are made of: other pitches, tunings, speeds,
voices, rooms, so that passing the second is not remembering the first. A seed outside both is refused.

Use it with the repository's root on `sys.path`: `from tests.sounds import SOUNDS`.
"""

from __future__ import annotations

from .draw import CALIBRATION_SEEDS, HELD_OUT_SEEDS, Sound
from .machines import MACHINES
from .nature import NATURE
from .noises import NOISES
from .tunings import TUNINGS
from .voices import VOICES

SOUNDS: dict[str, Sound] = {**NOISES, **VOICES, **NATURE, **MACHINES, **TUNINGS}

__all__ = ["CALIBRATION_SEEDS", "HELD_OUT_SEEDS", "SOUNDS", "Sound"]
