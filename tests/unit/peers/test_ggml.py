"""8-bit blocks keep every weight within half a step, and byte-level tokens keep every byte."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from tests.peers import ggml

BLOCK = np.dtype([("scale", "<f2"), ("values", "i1", ggml.Q8_0_BLOCK)])


@given(npst.arrays(np.float32, (2, 64), elements=st.floats(-8, 8, width=16)))
def test_a_quantized_weight_is_off_by_half_a_step_at_most(weights: NDArray[np.float32]) -> None:
    blocks = np.frombuffer(ggml._quantize(weights), BLOCK)
    restored = (blocks["scale"].astype(np.float32)[:, None] * blocks["values"]).reshape(weights.shape)
    step = np.repeat(np.abs(weights.reshape(-1, ggml.Q8_0_BLOCK)).max(axis=1) / 127, ggml.Q8_0_BLOCK)
    # The scale itself is a float16, which is good to a two-thousandth of the largest weight, or to its smallest step.
    tolerance = step / 2 + 127 * (step / 2_048 + 2**-24)
    assert np.all(np.abs(restored - weights).reshape(-1) <= tolerance)


def test_the_byte_alphabet_names_every_byte_once() -> None:
    alphabet = ggml._byte_alphabet()
    assert sorted(alphabet.values()) == list(range(256))
    assert alphabet["A"] == ord("A")
    assert alphabet["Ġ"] == ord(" ")
