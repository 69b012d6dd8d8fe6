"""Our convolution along frames is PyTorch's own, forwards and backwards."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from genrelens.models.convolution import conv_over_time  # noqa: E402


def both_ways(x, weight, bias, keep):
    """Result and gradients by our function, and by PyTorch's `conv1d` in double precision."""
    own = [one.clone().requires_grad_() for one in (x, weight, bias)]
    result = conv_over_time(*own, keep).squeeze(2)
    theirs = [one.double().requires_grad_() for one in (x, weight, bias)]
    side = weight.shape[2] // 2 if keep else 0
    expected = torch.nn.functional.conv1d(theirs[0].transpose(1, 2), theirs[1], theirs[2], padding=side)
    towards = torch.randn(result.shape, generator=torch.Generator().manual_seed(1))
    (result * towards).sum().backward()
    (expected * towards.double()).sum().backward()
    yield "result", result, expected
    for name, one, other in zip(("x", "weight", "bias"), own, theirs, strict=True):
        yield f"gradient of {name}", one.grad, other.grad


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(1, 5),
    frames=st.integers(3, 40),
    width=st.integers(1, 20),
    filters=st.integers(1, 20),
    kernel=st.sampled_from([1, 3]),
    keep=st.booleans(),
)
def test_values_and_gradients_are_those_of_conv1d(n, frames, width, filters, kernel, keep) -> None:
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(n, frames, width, generator=draws)
    weight = torch.randn(filters, width, kernel, generator=draws)
    bias = torch.randn(filters, generator=draws)
    for what, found, expected in both_ways(x, weight, bias, keep):
        torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=1e-4, msg=what)


def test_a_batch_of_the_papers_size_has_the_gradients_of_conv1d() -> None:
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(32, 322, 128, generator=draws)
    weight, bias = torch.randn(64, 128, 3, generator=draws), torch.randn(64, generator=draws)
    for what, found, expected in both_ways(x, weight, bias, False):
        error = float(
            (found.detach().double() - expected.detach()).abs().max() / expected.detach().abs().max()
        )
        assert error < 1e-5, what
