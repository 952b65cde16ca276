"""Sizes, numbers and times as people say them."""

from __future__ import annotations

from generations.errors import BadPicture, NotStored
from generations.models import ProviderModel
from generations.models.semaphore import NotNow


def clipped(text: str, length: int) -> str:
    """At most this many letters, the last an ellipsis if there were more."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def show_size(size: str) -> str:
    """1536×1024 for 1536x1024 or 1536*1024; others as they are."""
    return size.replace("x", "×").replace("*", "×") if size[:1].isdigit() else size


def snapped(model: ProviderModel, asked: str, drawn: str | None = None) -> str:
    """What a model draws in place of a size it does not take, and why; "" when it takes it."""
    drawn = model.nearest(asked) if drawn is None else drawn
    if not asked or not model.sizes or drawn == asked:
        return ""
    instead = f"draws {show_size(drawn)}, the nearest" if drawn else "chooses the shape itself"
    return f"{model.name} does not take {show_size(asked)}, so it {instead}."


def not_taken(name: str, error: BadPicture | NotStored | NotNow) -> str:
    """Why a picture that was brought could not be kept, and what to do."""
    if isinstance(error, NotNow):
        return f"{name}: {error.sentence}"
    if isinstance(error, NotStored):
        return f"{name} could not be kept: the storage takes nothing now. Try again soon, or ask an administrator."
    return f"{name}: {error.detail or error.sentence}"


def clock(seconds: int) -> str:
    """1:05."""
    return f"{seconds // 60}:{seconds % 60:02}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 11th."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def in_words(number: int) -> str:
    """one, two … nine, then digits."""
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[number] if number < len(words) else str(number)


def seconds(count: float) -> str:
    """46 s, 2 min 5 s, 1 h 3 min."""
    whole = round(count)
    if whole < 60:
        return f"{count:.1f} s" if isinstance(count, float) and count < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def remaining(count: int) -> str:
    """18 seconds, 9 min 38 s; clocks.js counts it down in the same words."""
    return f"{count} second{'' if count == 1 else 's'}" if count < 60 else f"{count // 60} min {count % 60} s"


def rounded(count: float) -> int:
    """Seconds as an estimate is said: to the second below ten, to five below a minute, then to ten."""
    step = 1 if count < 10 else 5 if count < 60 else 10
    return max(1, round(count / step) * step)
