"""Why pictures of a strip are missing, what that cost and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from generations.errors import BY_KIND, GenerationError, NotConnected, advice_of
from generations.models import Generation, ProviderModel
from generations.models.key import new_key
from generations.presenters.formatting import remaining, snapped
from generations.presenters.frame import is_trying_again
from generations.translatable import gettext_noop as _

if TYPE_CHECKING:
    from generations.presenters.strip import Strip

CHARGED = {
    "no": _("Nothing has been charged."),
    "maybe": _("It may have been charged."),
    "yes": _("The provider charged for it."),
}
MAX_QUOTED = 300
MAX_OTHERS = 6


@dataclass(frozen=True)
class Other:
    """Another model that could draw what one did not. `note` says what it would make of the size."""

    model: ProviderModel
    note: str

    @property
    def name(self) -> str:
        return self.model.name


@dataclass(frozen=True)
class Notice:
    """Why pictures are missing, and what can be done: one for all generations of a row that share it.

    `sentences` say what happened and what it cost, `advice` what to do, at `settings_url` if the viewer may go there.
    All texts are in the active language."""

    generations: tuple[Generation, ...]
    tone: str
    icon: str
    title: str
    sentences: tuple[str, ...]
    advice: str = ""
    settings_url: str = ""
    quote: str = ""
    wait_seconds: int | None = None
    tries: tuple[int, int] | None = None
    may_try_now: bool = False
    may_try_again: bool = False
    may_read_again: bool = False
    may_edit: bool = False
    others: tuple[Other, ...] = ()
    of: int = 1

    @property
    def first(self) -> Generation:
        return self.generations[0]

    @property
    def other(self) -> Other | None:
        """The model to try it on with one click: the first that draws just what was asked."""
        return next((other for other in self.others if not other.note), None)

    @property
    def is_part(self) -> bool:
        """Whether others of its row fared otherwise."""
        return len(self.generations) < self.of

    @property
    def is_refusal(self) -> bool:
        """Whether the model said no, so that its words are the point."""
        return self.first.kind == "declined"

    @property
    def is_quote_folded(self) -> bool:
        """Whether the upstream's own words stand in a fold: all but a refusal that is shown whole."""
        return bool(self.quote) and (not self.is_refusal or len(self.quote) > MAX_QUOTED)

    @property
    def whose_words(self) -> str:
        """What its quote is called: not all of it was said by the provider."""
        is_ours = self.first.detail_message or (self.first.error or GenerationError).is_detail_ours
        return gettext("Details") if is_ours else gettext("The provider’s own words")

    @property
    def submission(self) -> str:
        """A key under which a double click on its button is one batch."""
        return new_key()


class Notices:
    """Those of one strip. `calls` says how often a generation was called, by its number; `models` gives
    what it could be tried on."""

    def __init__(self, strip: Strip, calls: Mapping[int, int], models: Callable[[], Iterable[ProviderModel]]) -> None:
        self.strip = strip
        self.calls = calls
        self.models = models

    def of(self, generations: list[Generation]) -> tuple[Notice, ...]:
        """One for all of a row that stopped alike."""
        alike: dict[tuple[object, ...], list[Generation]] = {}
        for generation in filter(is_stopped, generations):
            alike.setdefault((generation.state, generation.kind, generation.charged, generation.detail), []).append(
                generation
            )
        return tuple(self._notice(tuple(group), len(generations)) for group in alike.values())

    def _notice(self, group: tuple[Generation, ...], of: int) -> Notice:
        if group[0].state == "cancelled":
            return self._cancelled(group, of)
        return self._failed(group, of) if group[0].is_final else self._waiting(group, of)

    def _failed(self, group: tuple[Generation, ...], of: int) -> Notice:
        first = group[0]
        error = first.error or GenerationError
        is_declined = first.kind == "declined"
        return Notice(
            group,
            tone="" if is_declined else "stop",
            icon="ban" if is_declined else "alert",
            title=gettext(error.title),
            sentences=(gettext(error.sentence), charged_text(first)),
            advice=gettext(advice_of(error)),
            settings_url=self._settings_url(first) if error.whose_move == "admin" else "",
            quote=first.shown_detail,
            may_try_again=self.strip.may_retry and not is_declined,
            may_read_again=self.strip.may_retry and error.may_read_again,
            may_edit=self.strip.is_mine,
            others=self.others if self.strip.may_retry and not is_declined else (),
            of=of,
        )

    def _waiting(self, group: tuple[Generation, ...], of: int) -> Notice:
        first, model = group[0], group[0].model
        begins = max(filter(None, (first.run_at, model.paused_to)))
        return Notice(
            group,
            tone="lamp",
            icon="clock",
            title=waiting_title(first),
            sentences=tuple(filter(None, (waiting_sentence(first), charged_text(first)))),
            advice=waiting_advice(model),
            quote=first.shown_detail,
            wait_seconds=max(0, int((begins - timezone.now()).total_seconds()) + 1),
            tries=first.tries(self.calls.get(first.pk, 0)),
            may_try_now=self.strip.may_cancel and not model.is_paused,
            of=of,
        )

    def _cancelled(self, group: tuple[Generation, ...], of: int) -> Notice:
        first = group[0]
        started = gettext("The provider had already started, so it may have been charged.")
        return Notice(
            group,
            tone="",
            icon="close",
            title=cancelled_title(first, is_own=first.cancel_asked_by == self.strip.viewer.person),
            sentences=(started if first.charged == "maybe" else charged_text(first),) if first.charged else (),
            may_try_again=self.strip.may_retry,
            may_edit=self.strip.is_mine,
            of=of,
        )

    def _settings_url(self, generation: Generation) -> str:
        """Where staff change the provider; "" for others."""
        if not self.strip.viewer.is_staff:
            return ""
        return reverse("admin:generations_provider_change", args=[generation.model.provider_id])

    @cached_property
    def others(self) -> tuple[Other, ...]:
        """Models it was not asked of that take its words and references: first those that take its size, then those
        that choose the shape themselves."""
        batch, asked = self.strip.batch, {generation.model_id for generation in self.strip.generations}
        given = len(self.strip.references)
        fitting = (
            Other(model, snapped(model, batch.size))
            for model in self.models()
            if model.pk not in asked
            and model.min_references <= given <= model.max_references
            and len(batch.prompt) <= model.max_prompt
        )

        def far(other: Other) -> tuple[bool, bool]:
            return bool(other.note), bool(batch.size and not other.model.sizes)

        return tuple(sorted(fitting, key=far)[:MAX_OTHERS])


def is_stopped(generation: Generation) -> bool:
    return generation.state in ("failed", "cancelled") or is_trying_again(generation)


def charged_text(generation: Generation) -> str:
    """Whether the provider charged for it; "maybe" where that is not known."""
    return gettext(CHARGED.get(generation.charged, CHARGED["maybe"]))


def waiting_title(generation: Generation) -> str:
    """Why its last try did not work, in short."""
    error = generation.error or GenerationError
    if error is NotConnected:
        return gettext("Can’t reach %(provider)s") % {"provider": generation.model.provider}
    return gettext(error.title)


def waiting_sentence(generation: Generation) -> str:
    """Why the next try has to wait, else why the last did not work; "" where the title says it."""
    error, model = generation.error or GenerationError, generation.model
    if error is NotConnected and model.paused_for in ("", NotConnected.kind):
        return ""
    return model.pause_sentence or gettext(error.sentence)


def waiting_advice(model: ProviderModel) -> str:
    """That nobody needs to do anything; "" where an administrator has to, which the pause says."""
    error = BY_KIND.get(model.paused_for)
    if error and error.whose_move == "admin":
        return ""
    return gettext("You don’t need to do anything. We’ll retry automatically.")


def cancelled_title(generation: Generation, *, is_own: bool) -> str:
    """Who cancelled it, and how long after it was started."""
    if not generation.started_at or not generation.finished_at:
        return gettext("You cancelled this before it started") if is_own else gettext("Cancelled before it started")
    seconds = max(1, round((generation.finished_at - generation.started_at).total_seconds()))
    form = gettext("You cancelled this after %(duration)s") if is_own else gettext("Cancelled after %(duration)s")
    return form % {"duration": remaining(seconds)}
