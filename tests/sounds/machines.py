"""Engines, telephones, sirens, knocks, keyboards."""

from __future__ import annotations

import numpy as np

from .draw import RATE, Draw, Sound, band, put, slow


def engine(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """Cylinders firing: a pulse train with uneven strokes, its speed drifting or accelerating."""
    d = Draw(seconds, seed, 60)
    speed = d.between((22, 45), (55, 120)) * (
        1 + 0.05 * slow(d, 0.5) + d.between((0.01, 0.1), (0.2, 0.8)) * d.t / 10
    )
    phase = np.cumsum(speed) / RATE
    strokes = d.rng.uniform(0.5, 1.0, 4)
    fire = np.exp(-(phase % 1.0) * 9) * strokes[(phase.astype(int)) % 4]
    body = band(fire - fire.mean(), 30, d.between((300, 700), (800, 2000)), 1.0)
    rattle = band(d.noise(), 800, 5000) * fire
    return d.finish(body + d.between((0.05, 0.15), (0.2, 0.4)) * rattle)


def fan(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 61)
    blade = d.between((70, 140), (160, 320))
    tone = sum(np.sin(2 * np.pi * blade * k * d.t + k) / k**1.5 for k in range(1, 8))
    air = band(d.noise(), 150, d.between((1200, 2500), (3000, 6000)), 1.0)
    return d.finish(d.between((0.05, 0.15), (0.2, 0.4)) * tone + air)


def door_knocks(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 62)
    x = np.zeros(d.n)
    wood = d.between((120, 220), (240, 420))
    t = np.arange(int(0.15 * RATE)) / RATE
    for moment in d.times(d.between((0.35, 0.6), (0.7, 1.0)), 0.4):
        gap = d.rng.uniform(0.14, 0.26)
        for k in range(int(d.rng.integers(2, 6))):
            modes = sum(
                np.sin(2 * np.pi * wood * r * t) * np.exp(-t / (0.03 / r)) / r for r in (1.0, 2.3, 3.9, 6.1)
            )
            hit = modes + 0.5 * band(d.noise(len(t)), 300, 3000) * np.exp(-t / 0.004)
            put(x, moment + k * gap, hit, d.rng.uniform(0.7, 1.0))
    return d.finish(x + 0.001 * d.noise(), room=True)


def typing(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 63)
    x = np.zeros(d.n)
    for moment in d.times(d.between((4, 7), (8, 12)), 0.35):
        for delay, gain in ((0.0, 1.0), (d.rng.uniform(0.06, 0.1), 0.5)):
            key = band(d.noise(int(0.02 * RATE)), d.between((800, 1600), (1800, 3000)), 8000)
            put(
                x,
                moment + delay,
                key * np.exp(-np.arange(len(key)) / (0.003 * RATE)),
                gain * d.rng.uniform(0.4, 1),
            )
    return d.finish(x + 0.004 * d.noise(), room=True)


def ringing(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """A telephone: two tones warbling, ringing and resting."""
    d = Draw(seconds, seed, 64)
    low = d.between((400, 900), (1000, 1800))
    warble = np.sign(np.sin(2 * np.pi * d.between((16, 22), (24, 32)) * d.t))
    f = low * np.where(warble > 0, 1.0, d.between((1.15, 1.25), (1.3, 1.5)))
    on = (d.t % d.between((3.0, 4.5), (5.0, 6.0))) < d.between((1.0, 1.8), (1.9, 2.4))
    wave = np.sin(2 * np.pi * np.cumsum(f) / RATE) + 0.3 * np.sin(6 * np.pi * np.cumsum(f) / RATE)
    return d.finish(wave * on + 1e-3 * d.noise(), room=True)


DIGITS = [(a, b) for a in (697, 770, 852, 941) for b in (1209, 1336, 1477)]


def dialling(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """The dual tones of telephone keys, then the line's own tone."""
    d = Draw(seconds, seed, 65)
    x = np.zeros(d.n)
    length, gap = d.between((0.12, 0.2), (0.06, 0.1)), d.between((0.1, 0.2), (0.05, 0.09))
    at = 0.1
    t = np.arange(int(length * RATE)) / RATE
    while at < seconds * 0.7:
        a, b = DIGITS[d.rng.integers(12)]
        put(x, at, np.sin(2 * np.pi * a * t) + np.sin(2 * np.pi * b * t))
        at += length + gap
    line = d.one_of(((350, 440), (425, 425)), ((480, 620), (400, 450)))
    tail = np.arange(max(d.n - int(at * RATE), 0)) / RATE
    put(x, at, (np.sin(2 * np.pi * line[0] * tail) + np.sin(2 * np.pi * line[1] * tail)) * (tail % 1.0 < 0.5))
    return d.finish(band(x, 300, 3400, 4.0) + 0.004 * d.noise())


def siren(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """Wailing, yelping or two-toned, passing by."""
    d = Draw(seconds, seed, 66)
    low, high = d.between((400, 600), (650, 800)), d.between((1000, 1300), (1400, 1800))
    rate = d.between((0.15, 0.4), (2.0, 4.0)) if d.rng.random() < 0.6 else d.between((0.4, 0.6), (0.7, 1.0))
    turn = np.sin(2 * np.pi * rate * d.t)
    u = np.sign(turn) * 0.5 + 0.5 if d.rng.random() < 0.4 else turn * 0.5 + 0.5
    away = np.abs(d.t - seconds / 2)
    doppler = 1 - 0.04 * np.tanh((d.t - seconds / 2) / 2)
    wave = np.tanh(2 * np.sin(2 * np.pi * np.cumsum((low + (high - low) * u) * doppler) / RATE))
    street = band(d.noise(), 60, 800) * 0.1
    return d.finish(wave / (1 + 0.15 * away) + street, room=True)


def alarm(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """An alarm clock's or a reversing lorry's beeps."""
    d = Draw(seconds, seed, 67)
    f, rate = d.between((900, 2200), (2400, 3800)), d.between((1, 3), (4, 8))
    on = ((d.t * rate) % 1.0) < 0.5
    wave = sum(np.sin(2 * np.pi * f * k * d.t) / k for k in (1, 3, 5) if f * k < RATE / 2)
    return d.finish(wave * on, room=True)


def train(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """Wheels over rail joints."""
    d = Draw(seconds, seed, 68)
    x = band(d.noise(), 60, d.between((400, 700), (800, 1500))) * 0.5
    hit = band(d.noise(int(0.15 * RATE)), 100, 2500) * np.exp(-np.arange(int(0.15 * RATE)) / (0.03 * RATE))
    period = d.between((1.1, 1.6), (0.6, 0.95))
    for moment in np.arange(0.1, seconds, period):
        for delay in (0.0, 0.17 * period, 0.5 * period, 0.67 * period):
            put(x, moment + delay, hit, d.rng.uniform(0.5, 0.9))
    return d.finish(x)


MACHINES: dict[str, Sound] = {
    "engine": engine,
    "fan": fan,
    "door knocks": door_knocks,
    "typing": typing,
    "telephone ringing": ringing,
    "dialling": dialling,
    "siren": siren,
    "alarm": alarm,
    "train": train,
}
