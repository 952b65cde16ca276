"""Sizes, numbers and times as people read them, in the active language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from generations.errors import BadPicture, NotStored
from generations.models import ProviderModel
from generations.models.semaphore import NotNow
from generations.models.sizes import shape_of
from generations.translation import listed, number_text, translated


def clipped(text: str, length: int) -> str:
    """At most this many letters, the last an ellipsis if there were more."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def show_size(size: str) -> str:
    """1536×1024 for 1536x1024 or 1536*1024; others as they are."""
    return size.replace("x", "×").replace("*", "×") if size[:1].isdigit() else size


def snapped(model: ProviderModel, asked: str, drawn: str | None = None) -> str:
    """What a model draws in place of a size it does not take, and why; "" when it takes it or draws just that shape."""
    drawn = model.nearest(asked) if drawn is None else drawn
    if not asked or not model.sizes or drawn == asked or is_same_shape(asked, drawn):
        return ""
    said = {"model": model.name, "size": show_size(asked), "nearest": show_size(drawn)}
    if not drawn:
        return gettext("%(model)s does not support %(size)s and chooses the size itself.") % said
    return gettext("%(model)s does not support %(size)s and uses the closest, %(nearest)s.") % said


def is_same_shape(asked: str, drawn: str) -> bool:
    """Whether a ratio and a size in pixels mean one shape: 2:3 and 1024x1536. Two sizes in pixels differ."""
    if not drawn or (":" in asked) == (":" in drawn):
        return False
    (width, height), (other_width, other_height) = shape_of(asked), shape_of(drawn)
    return abs(width * other_height - height * other_width) * 50 < height * other_width


def snapped_together(drawn: Iterable[tuple[ProviderModel, str]], asked: str) -> list[str]:
    """What models draw in place of a size, in one sentence for all that draw the closest and one for all that choose
    themselves."""
    told = {model.pk: (model, size) for model, size in drawn if snapped(model, asked, size)}
    nearest = [f"{model.name} ({show_size(size)})" for model, size in told.values() if size]
    own = [model.name for model, size in told.values() if not size]
    if len(told) == 1:
        [(model, size)] = told.values()
        return [snapped(model, asked, size)]
    sentences = []
    if nearest:
        sentence = ngettext(
            "%(models)s does not support %(size)s and uses the closest.",
            "%(models)s do not support %(size)s and use the closest.",
            len(nearest),
        )
        sentences.append(sentence % {"models": listed(nearest), "size": show_size(asked)})
    if own:
        sentence = ngettext(
            "%(models)s does not support %(size)s and chooses the size itself.",
            "%(models)s do not support %(size)s and choose the size themselves.",
            len(own),
        )
        sentences.append(sentence % {"models": listed(own), "size": show_size(asked)})
    return sentences


def not_taken(name: str, error: BadPicture | NotStored | NotNow) -> str:
    """Why an uploaded picture could not be saved, and what to do."""
    if isinstance(error, NotStored):
        return gettext("%(name)s could not be saved. Try again soon, or ask an administrator.") % {"name": name}
    sentence = error.sentence if isinstance(error, NotNow) else error.detail or error.sentence
    return gettext("%(name)s: %(sentence)s") % {"name": name, "sentence": translated(sentence)}


def seconds_since(moment: datetime) -> int:
    """Whole seconds that have passed since then; 0 for what lies ahead."""
    return max(0, int((timezone.now() - moment).total_seconds()))


def seconds_until(moment: datetime) -> int:
    """Whole seconds after which that moment is surely there."""
    return max(0, int((moment - timezone.now()).total_seconds()) + 1)


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


def counted_lines(texts: list[tuple[str, int]]) -> list[str]:
    """Those of these texts that are about something, each with its number in it."""
    return [counted(text, number) for text, number in texts if number]


def counted(text: str, number: int) -> str:
    """The text with a number in it, as the language writes numbers."""
    return text % {"number": number_text(number)}


def names_apart(models: Iterable[ProviderModel]) -> dict[int, str]:
    """The name of each model by its number, with its provider's where another of them has the same."""
    named = {model.pk: model for model in models}
    alike = Counter(model.name for model in named.values())
    return {pk: each.name_at_provider if alike[each.name] > 1 else each.name for pk, each in named.items()}
