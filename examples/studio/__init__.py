"""A small recording studio in NumPy: instruments, effects, a mixing desk and the ways to write down music.

signals       sample rate, filters (by FFT), envelopes, noise
plucked       strings that are plucked, picked or slapped: guitars, basses, harpsichord
sustained     strings that are bowed, horns, reeds, voices: one line with slides and vibrato
keys          piano, electric piano, organ
drums         the kit, piece by piece
amplifier     overdrive, distortion, loudspeaker cabinet
effects       reverb, echo, chorus, compressor, limiter
notation      note names, chord symbols, voice leading, melodies as text, the beat and its swing
desk          buses, panning, sends, the master
files         wav, flac, ogg, mp3 and m4a with their tags
"""
