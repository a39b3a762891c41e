"""What a decoder makes of a file, in one call."""

import numpy as np

from speechkit.adapters.media.spool import MemorySpool
from speechkit.domain.audio import Samples
from speechkit.ports import MediaDecoder


async def decoded(decoder: MediaDecoder, content: bytes) -> Samples:
    """All the samples of an upload."""
    with MemorySpool() as media:
        media.write(content)
        async with decoder.decode(media) as blocks:
            return np.concatenate([np.zeros(0, np.float32), *[block.samples async for block in blocks]])
