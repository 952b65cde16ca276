"""How the frames of a strip are set: a row for each model, in even lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from generations.presenters.frame import Frame
from generations.presenters.notice import Notice

MAX_IN_LINE = 4


@dataclass(frozen=True)
class Row:
    """The frames of one model in a strip, and the notices below them."""

    id: str
    model: str
    is_labelled: bool
    frames: tuple[Frame, ...]
    notices: tuple[Notice, ...]

    @property
    def is_void(self) -> bool:
        """Whether there is nothing to show or to wait for, so that the notice takes the sheet."""
        return bool(self.frames) and all(frame.look == "void" for frame in self.frames)

    @property
    def is_many(self) -> bool:
        """Whether its frames need more than one line."""
        return len(self.frames) > MAX_IN_LINE

    @property
    def ratio(self) -> str:
        """The class of its first frame's shape."""
        return self.frames[0].ratio if self.frames else ""

    @property
    def lines(self) -> str:
        """How its frames are set in even lines."""
        return lines_of(self.frames)


def lines_of(frames: Sequence[Frame]) -> str:
    """The class that sets frames in even lines of a wide sheet: "lines-4" for eight landscapes, "lines-1" for a few
    portraits at one height in a single line."""
    ratio = Counter(frame.ratio for frame in frames).most_common(1)[0][0]
    share = int(ratio.removeprefix("r-") or 100)
    most = MAX_IN_LINE if share >= 120 else 6 if share >= 90 else 8
    lines = -(-len(frames) // most)
    return f"lines-{-(-len(frames) // lines)}" if lines > 1 else "lines-1"
