"""Which bits do the uniforms of an order hold? Writes them raw to standard output, for dieharder and the like.

    python benchmarks/luck/stream.py years --seed 7 | dieharder -g 200 -d 0
    python benchmarks/luck/stream.py leads --bits high --words 1000000 > leads.bin

A uniform is (k + 1/2) / 2**52; k has 52 bits, which are all that the engine ever sees of the 64 that are mixed.

used  all of k, packed without gaps: bit 0 (the lowest) of the first k is bit 0 of the first byte; 16 numbers fill 104
      bytes
high  bits 20 to 51 of k, one 32-bit word (little-endian) a number
low   bits 0 to 31 of k, likewise
"""

from __future__ import annotations

import argparse
import os
import sys

import controls
import numpy as np
from orders import ORDERS, WIDTH, whole

from simfunnel.luck import Keys

BITS = ("used", "high", "low")
_PACK = 16  # numbers of 52 bits that fill 13 words of 64 bits


def packed(k: Keys) -> Keys:
    """Numbers of 52 bits one after the other in words of 64, lowest bit first; size divisible by 16."""
    rows = k.reshape(-1, _PACK)
    out = np.zeros((rows.shape[0], _PACK * WIDTH // 64), np.uint64)
    for column in range(_PACK):
        at, shift = divmod(column * WIDTH, 64)
        out[:, at] |= rows[:, column] << np.uint64(shift)
        if shift > 64 - WIDTH:
            out[:, at + 1] |= rows[:, column] >> np.uint64(64 - shift)
    return out


def write(order: str, *, seed: int, bits: str, words: int | None) -> None:
    """Write the bits of an order to standard output until nobody reads on, or ``words`` words of 32 bits."""
    left, rest = words, np.empty(0, np.uint64)
    for batch in ORDERS[order].batches(seed):
        k = np.concatenate([rest, whole(batch)])
        full = k.size - k.size % _PACK
        k, rest = k[:full], k[full:]
        if bits == "used":
            out = packed(k).astype("<u8").view("<u4").ravel()
        else:
            out = (k >> np.uint64(20 if bits == "high" else 0)).astype("<u4")
        sys.stdout.buffer.write(out[:left].tobytes())
        left = None if left is None else left - min(left, out.size)
        if left == 0:
            return


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("order", choices=ORDERS)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--bits", choices=BITS, default="used")
    parser.add_argument("--words", type=int, help="stop after so many words of 32 bits")
    parser.add_argument("--weakened", choices=controls.WEAKENED, help="with a deliberately bad mixer instead")
    given = parser.parse_args()
    try:
        with controls.weakened(given.weakened):
            write(given.order, seed=given.seed, bits=given.bits, words=given.words)
            sys.stdout.flush()
    except BrokenPipeError:  # the reader has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
