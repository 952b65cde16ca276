"""One picture of a strip, or the place where it will be: how it looks just now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.utils.formats import number_format
from django.utils.translation import ngettext

from generations.models import Generation, Image
from generations.models.generation import CLAIM_SECONDS, HEARTBEAT_LATE_SECONDS
from generations.models.key import address
from generations.models.price import dollars
from generations.presenters.formatting import clock, seconds_since

THUMBNAILS = (320, 640, 1280)
EXPECTED_PERCENT = 95
"""How far the bar is when the time that the model usually takes is over; clocks.js counts on to the same."""

Shown = dict[str, str | bool]
"""What `cached_include` shows of a picture: texts, and yes or no."""


@dataclass(frozen=True)
class Frame:
    """One picture, or the place where it will be. `k` counts within its generation, `number` within the strip; `target`
    is where in the strip it is refined."""

    generation: Generation
    k: int
    number: int
    total: int
    look: str
    ratio: str
    heading: str = ""
    image: Image | None = None
    deleted: Image | None = None
    """One that was deleted and that the viewer may restore."""
    taken_down: str | None = None
    """Why somebody else deleted it, for its person; None if nobody did."""
    alt: str = ""
    target: str = ""
    is_fresh: bool = False
    may_generate: bool = True
    """Whether the viewer may have something made from it."""
    median_seconds: float | None = None

    @property
    def id(self) -> str:
        return f"f-{self.generation.key}-{self.k}"

    @property
    def elapsed(self) -> int:
        """Seconds since it was started."""
        started = self.generation.started_at
        return seconds_since(started) if started else 0

    @property
    def clock(self) -> str:
        """Its elapsed time as the page goes on counting it: 1:05."""
        return clock(self.elapsed)

    @property
    def percent(self) -> int | None:
        """How far its bar is: by the time its model usually takes, or what the provider says where that is more. Below
        100, since the picture is not there; None where nothing is known."""
        told, usual = self.generation.percent, self.median_seconds
        expected = int(EXPECTED_PERCENT * min(self.elapsed / usual, 1)) if usual else None
        known = [percent for percent in (told, expected) if percent is not None]
        return min(max(known), 99) if known else None

    @property
    def picture(self) -> Shown:
        """What `strip/_picture.html` shows of its image."""
        if self.image is None:
            return {}
        return {
            **shown_of(self.image, self.heading),
            "id": self.id,
            "number": str(self.number),
            "heading": self.heading,
            "alt": self.alt,
            "is_fresh": self.is_fresh,
            "may_generate": self.may_generate,
            "instruct": self.image.instruct_url,
            "vary": self.image.vary_url,
            "vary_cost": vary_cost(self.generation),
            "target": self.target,
        }


def vary_cost(generation: Generation) -> str:
    """ "4 · ≈ $0.12": what Vary sends and costs; "" where both are small news: one picture of unknown price or none."""
    cost, count = generation.vary_price, generation.vary_count
    number = number_format(count, use_l10n=True) if count > 1 or cost else ""
    return " · ".join(filter(None, [number, f"≈ {dollars(cost)}" if cost else ""]))


def image_at(images: Iterable[Image], k: int) -> Image | None:
    return next((image for image in images if image.position == k), None)


def look_of(generation: Generation, image: Image | None) -> str:
    """Whether a frame is done, developing, waiting, gone with what was deleted, or void."""
    if image is not None:
        return "done"
    if generation.state == "succeeded":
        return "gone"
    if generation.is_final or generation.is_trying_again:
        return "void"
    return "developing" if generation.state == "running" else "waiting"


def is_heartbeat_late(state: str, claim_until: datetime | None) -> bool:
    """Whether it runs, but its worker has missed some heartbeats."""
    if state != "running" or claim_until is None:
        return False
    return claim_until < datetime.now(UTC) + timedelta(seconds=CLAIM_SECONDS - HEARTBEAT_LATE_SECONDS)


def shown_of(image: Image, label: str = "") -> Shown:
    """What every row of pictures shows of one, worked out once, for `cached_include`. Named as in Image where it is the
    same; `label` says what its heart belongs to, if not its description."""
    return {
        "key": image.key,
        "page": image.get_absolute_url(),
        "original": image.original_url,
        "src": f"{thumbnails(image)}640",
        "srcset": srcset(image, thumbnails(image)),
        "placeholder_uri": image.placeholder_uri,
        "width": str(image.width),
        "height": str(image.height),
        "ratio": image.ratio,
        "mark": image.mark,
        "verdict_text": image.verdict_text,
        "comments": str(image.comment_count or ""),
        "comments_said": comments_said(image.comment_count),
        **heart_of(image, label),
    }


def comments_said(count: int) -> str:
    """ "3 comments"; "" for none."""
    return ngettext("%(number)s comment", "%(number)s comments", count) % {"number": count} if count else ""


def heart_of(image: Image, label: str) -> Shown:
    """What `parts/_favourite_button.html` shows of a picture. The label goes along, so that the next button has it
    too."""
    address = f"{image.favourite_url}?{urlencode({'label': label})}" if label else image.favourite_url
    return {
        "key": image.key,
        "favourite_url": address,
        "is_favourite": image.is_favourite,
        "heart": label or image.description,
    }


def srcset(image: Image, address: str) -> str:
    """The widths a browser may choose from; a picture's copies are at `address` with their long side behind it."""
    long_side = max(image.width, image.height)
    sides = [side for side in THUMBNAILS if side <= long_side] or [THUMBNAILS[0]]
    return ", ".join(f"{address}{side} {max(1, round(side * image.width / long_side))}w" for side in sides)


def thumbnails(image: Image) -> str:
    """The address of a picture's copies, up to their long side."""
    return address("thumbnail", image.key, 0).removesuffix("0")
