"""An answer is read within a moment, whatever it repeats: while it is read, its worker does nothing else."""

from __future__ import annotations

import json
import time

import pytest

from generations.protocol.response import read

REPEATED = [
    "\n",
    "  \n",
    " ",
    "> ",
    "**",
    "![",
    "](",
    "<img ",
    "data:image/png;base64,",
    "```\n",
    "{",
    '\\"',
    "I cannot ",
]


@pytest.mark.parametrize("piece", REPEATED)
def test_no_repetition_takes_long_to_read(piece: str) -> None:
    # Twelve thousand empty lines took eight seconds.
    said = {"choices": [{"message": {"content": piece * (60_000 // len(piece))}, "finish_reason": "stop"}]}
    began = time.thread_time()
    read(json.dumps(said).encode(), status=200)
    assert time.thread_time() - began < 3
