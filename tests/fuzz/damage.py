"""Bytes overwritten, inserted, cut out and repeated, as transfers, disks and enemies do it."""

from hypothesis import strategies as st

Damage = tuple[int, str, bytes]

# Lengths and counts that overflow, wrap or ask for everything, in either byte order, and runs of anything.
EXTREMES = [
    b"\xff" * 4,
    b"\xff" * 8,
    bytes(4),
    bytes(8),
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x80\0\0\0",
    b"\1",
]


def damages(*, patches: list[bytes] = EXTREMES, most: int = 8) -> st.SearchStrategy[list[Damage]]:
    """`patches` are what hurts this kind of content the most."""
    damage = st.tuples(
        # Headers are where lengths stand: most of the damage is done to the first kilobyte.
        st.one_of(st.integers(0, 64), st.integers(0, 1024), st.integers(0, 100_000)),
        st.sampled_from(["overwrite", "insert", "cut", "repeat"]),
        st.one_of(st.sampled_from(patches), st.binary(min_size=1, max_size=16)),
    )
    return st.lists(damage, min_size=1, max_size=most)


def damaged(content: bytes, inflicted: list[Damage]) -> bytes:
    for place, kind, patch in inflicted:
        position = place % (len(content) + 1)
        before, after = content[:position], content[position:]
        match kind:
            case "overwrite":
                content = before + patch + after[len(patch) :]
            case "insert":
                content = before + patch + after
            case "cut":
                content = before + after[len(patch) * 16 :]
            case _:
                content = before + after[: len(patch) * 16] + after
    return content
