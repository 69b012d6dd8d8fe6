"""A small recording studio: instruments (sampled and in NumPy), effects, a mixing desk, ways to write music.

signals       sample rate, filters (by FFT), envelopes, noise
plucked       strings that are plucked or picked: guitars, basses
sustained     strings, reeds, voices that hold: one line with slides and vibrato
keys          piano, organ
drums         the kit, piece by piece
sampler       recorded instruments, played by FluidSynth from our notes
speech        a voice that raps: espeak-ng in time
amplifier     overdrive, distortion, loudspeaker cabinet
effects       reverb, echo, chorus, compressor, limiter
notation      note names, chord symbols, voice leading, melodies as text, the beat and its swing
desk          buses, panning, sends, the master
files         wav, flac, ogg, mp3 and m4a with their tags
"""
