"""Sizes, numbers and times as people read them, in the active language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from generations.errors import BadPicture, NotStored
from generations.models import ProviderModel
from generations.models.semaphore import NotNow
from generations.translation import translated


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
    said = {"model": model.name, "size": show_size(asked), "nearest": show_size(drawn)}
    if not drawn:
        return gettext("%(model)s does not support %(size)s and chooses the size itself.") % said
    return gettext("%(model)s does not support %(size)s and uses the closest, %(nearest)s.") % said


def not_taken(name: str, error: BadPicture | NotStored | NotNow) -> str:
    """Why an uploaded picture could not be saved, and what to do."""
    if isinstance(error, NotStored):
        return gettext("%(name)s could not be saved. Try again soon, or ask an administrator.") % {"name": name}
    sentence = error.sentence if isinstance(error, NotNow) else error.detail or error.sentence
    return gettext("%(name)s: %(sentence)s") % {"name": name, "sentence": translated(sentence)}


def clock(seconds: int) -> str:
    """1:05."""
    return f"{seconds // 60}:{seconds % 60:02}"


def seconds(count: float) -> str:
    """46 s, 2 min 5 s, 1 h 3 min."""
    whole = round(count)
    if whole < 60:
        shown = f"{count:.1f}" if isinstance(count, float) and count < 10 else whole
        return gettext("%(n)s s") % {"n": number_format(shown, use_l10n=True)}
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return _minutes(minutes, rest) if rest else gettext("%(minutes)s min") % {"minutes": minutes}
    hours, minutes = divmod(minutes, 60)
    return gettext("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


def remaining(count: int) -> str:
    """18 seconds, 9 min 38 s; clocks.js counts it down in the same words."""
    if count < 60:
        return ngettext("%(n)s second", "%(n)s seconds", count) % {"n": count}
    return _minutes(*divmod(count, 60))


def _minutes(minutes: int, rest: int) -> str:
    return gettext("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}


def rounded(count: float) -> int:
    """Seconds as an estimate is said: to the second below ten, to five below a minute, then to ten."""
    step = 1 if count < 10 else 5 if count < 60 else 10
    return max(1, round(count / step) * step)


def names_apart(models: Iterable[ProviderModel]) -> dict[int, str]:
    """The name of each model by its number, with its provider's where another of them has the same."""
    named = {model.pk: model for model in models}
    alike = Counter(model.name for model in named.values())
    return {pk: each.name_at_provider if alike[each.name] > 1 else each.name for pk, each in named.items()}
