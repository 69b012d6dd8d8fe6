"""What all tests share: where the sound is."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real recordings, published features and encoder weights beside the checkout."""
    if not (SHARED / "gtzan" / "index.csv").is_file():
        pytest.skip("needs the data folder ../shared, which lies beside the checkout in CI")
    return SHARED
