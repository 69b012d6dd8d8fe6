"""Why no genre is named, in one sentence for people."""

from __future__ import annotations

from collections.abc import Sequence

SILENT = "the recording is silent wherever it was decoded"
UNDECIDED = "all genres are equally likely"


def why_unsure(confidence: float, threshold: float, ood_reasons: Sequence[str]) -> str | None:
    """The reasons for which no genre is named.

    Args:
        confidence: the calibrated probability of the likeliest genre, in [0, 1].
        threshold: the confidence from which a genre is named, in [0, 1].
        ood_reasons: the warnings of the out-of-distribution (OOD) detectors whose score is above its
            threshold.

    Returns:
        The reasons as one sentence; None where there is none.

    Example:
        >>> why_unsure(0.85, 0.86, [])
        'the confidence of 0.85 is below 0.86, from which answers are given'
        >>> why_unsure(0.8599, 0.86, ["it sounds like no music"])
        'it sounds like no music; the confidence of 0.8599 is below 0.86, from which answers are given'
        >>> why_unsure(0.86, 0.86, []) is None
        True
    """
    reasons = list(ood_reasons)
    if confidence < threshold:
        low, needed = _distinct_texts(confidence, threshold)
        reasons.append(f"the confidence of {low} is below {needed}, from which answers are given")
    return "; ".join(reasons) or None


def _distinct_texts(low: float, high: float) -> tuple[str, str]:
    """Two numbers with enough digits to show that they differ, at least two."""
    for digits in range(2, 17):
        texts = tuple(f"{number:.{digits}f}" for number in (low, high))
        if texts[0] != texts[1]:
            break
    return _without_zeros(texts[0]), _without_zeros(texts[1])


def _without_zeros(text: str) -> str:
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction[:2]}{fraction[2:].rstrip('0')}"
