"""A file, a stream or an array in; mono float32 excerpts at an asked rate out.

```
sources          path, file object, pipe -> seekable bytes; refuses what is no file, never blocks
sniffing         bytes -> what they are, by content; mpeg: frame headers of MP3 and AAC
frame_index      where the frames of MP3 and AAC lie, where the file has no table of contents
decoding         the interface of a decoder, and what decoders raise
libsndfile, ffmpeg, free_format_decoding, arrays   the decoders
checking         blocks -> mono, finite, counted
declared_length  the length that a file declares, and whether it is possible
decoder_fallback which decoder is used, and which one goes on where it fails
recording        Recording: from blocks to excerpts, lengths, warnings
opening          where to start reading: open_recording, read_mono
placing          where excerpts are taken from when the usual places are silent
excerpts         which parts are decoded; Excerpt
resampling       to the rate that a model asks for
walking          which files in a folder are worth opening
```

Names are imported when they are first used: walking a folder needs no decoder.
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
