"""A file, a stream or an array in; mono float32 excerpts at an asked rate out.

```
sources      path, file object, pipe -> seekable bytes; refuses what is no file, never waits
sniffing     bytes -> what they are, by content; mpeg: frame headers of MP3 and AAC
frame_index  where the frames of MP3 and AAC lie, where no table of contents tells
decoding     what a decoder is; libsndfile, ffmpeg, arrays, free_format_decoding: those there are
checking     blocks -> mono, finite, counted
promises     what a file says of its length, and whether that can be so
switching    which decoder is listened to, and who takes over when it stops
recording    Recording: from blocks to excerpts, lengths, warnings
opening      the way in: open_recording, read_mono
placing      where excerpts are taken from when the usual places are silent
excerpts     which parts are heard; Excerpt
resampling   to the rate that a model asks for
walking      which files in a folder are worth opening
```

Names are imported when they are asked for: who only walks a folder needs no decoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genrelens.lazy_names import lazy_names

if TYPE_CHECKING:
    from genrelens.audio.excerpts import Excerpt
    from genrelens.audio.opening import open_recording, read_mono
    from genrelens.audio.recording import Recording
    from genrelens.audio.walking import find_audio

__all__ = ["Excerpt", "Recording", "find_audio", "open_recording", "read_mono"]

_HOMES = {
    "Excerpt": "excerpts",
    "Recording": "recording",
    "find_audio": "walking",
    "open_recording": "opening",
    "read_mono": "opening",
}

if not TYPE_CHECKING:  # so that type checkers know which names there are
    __getattr__, __dir__ = lazy_names(__name__, _HOMES)
