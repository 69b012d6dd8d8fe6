"""A file, a stream or an array in; mono float32 excerpts at an asked rate out.

```
sources      path, file object, pipe -> seekable bytes; refuses what is no file, never waits
sniffing     bytes -> what they are, by content; mpeg: frame headers of MP3 and AAC
decoding     what a decoder is; libsndfile, ffmpeg, arrays: the three there are
checking     blocks -> mono, finite, counted
recording    the way from the one to the other: open_recording, Recording, read_mono
excerpts     which parts are heard; Excerpt
resampling   to the rate that a model asks for
walking      which files in a folder are worth opening
```
"""

from genrelens.audio.excerpts import Excerpt
from genrelens.audio.recording import Recording, open_recording, read_mono
from genrelens.audio.walking import find_audio

__all__ = ["Excerpt", "Recording", "find_audio", "open_recording", "read_mono"]
