"""Why pictures of a strip are missing, what that cost and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from generations.errors import BY_KIND, GenerationError, NotConnected, advice_of
from generations.models import Batch, Generation, ProviderModel
from generations.models.key import new_key
from generations.models.pause import BY_HAND
from generations.presenters.cost import charged_text
from generations.presenters.formatting import remaining, seconds_until
from generations.presenters.other_models import Other, other_models

if TYPE_CHECKING:
    from generations.presenters.strip import Strip

MAX_QUOTED = 300
MAX_ASKED = 2000
"""Characters of a prompt that an address carries."""
READ_FIRST = frozenset(
    {
        "unreadable", "task_begun", "reading_stopped", "not_stored", "picture_gone", "picture_refused",
        "picture_host_refused", "bad_picture",
    }
)  # fmt: skip
"""Kinds whose answer is kept and worth reading again, for nothing, before anything is paid for once more."""


@dataclass(frozen=True)
class Notice:
    """Why pictures are missing, and what can be done: one for all generations of a row that share it.

    `sentences` say what happened and what it cost, `advice` what to do, at `settings_url` if the viewer may go there.
    `acts` name what can be done, the one that helps first: settings, now, again, other, read, edit. All texts are in
    the active language."""

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
    acts: tuple[str, ...] = ()
    others: tuple[Other, ...] = ()
    of: int = 1
    is_retried: bool = False
    """Whether it was tried again, so that it is history."""
    retried_in: Batch | None = None
    """The batch in which it was, if not in its own."""

    @property
    def first(self) -> Generation:
        return self.generations[0]

    @property
    def primary(self) -> str:
        """What its button does: the one step that helps; "" where the viewer can do nothing."""
        return self.acts[0] if self.acts else ""

    @property
    def more(self) -> tuple[str, ...]:
        """What else can be done, behind "More"; looking at the request log always can."""
        return (*self.acts[1:], "log")

    @property
    def other(self) -> Other | None:
        """The model to try it on with one click: the first that draws just what was asked."""
        return next((other for other in self.others if not other.note), None)

    @property
    def draw_url(self) -> str:
        """As `Batch.again_url`, with a prompt that says that a picture is wanted."""
        prompt = gettext("Draw a picture: %(prompt)s") % {"prompt": self.first.batch.prompt[:MAX_ASKED]}
        return f"{self.first.batch.again_url}&{urlencode({'prompt': prompt})}"

    @property
    def log_url(self) -> str:
        """Where its calls are shown."""
        return f"{self.first.batch.get_absolute_url()}#exchange"

    @property
    def other_models(self) -> tuple[Other, ...]:
        """The models that "More" offers: without the one that has a button of its own."""
        return tuple(other for other in self.others if self.primary != "other" or other is not self.other)

    @property
    def is_of_model(self) -> bool:
        """Whether the settings that it leads to are a model's."""
        return (self.first.error or GenerationError).place == "model"

    @property
    def is_part(self) -> bool:
        """Whether others of its row fared otherwise."""
        return len(self.generations) < self.of

    @property
    def is_refusal(self) -> bool:
        """Whether the model said no or something else, so that its words are the point."""
        return self.first.kind in ("declined", "no_image")

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
        """One for all of a row that stopped alike; first those of what was tried again."""
        retried = self.strip.retried | self.strip.elsewhere.keys()
        alike: dict[tuple[object, ...], list[Generation]] = {}
        for generation in filter(is_stopped, sorted(generations, key=lambda each: each.pk not in retried)):
            said = (generation.state, generation.kind, generation.charged, generation.detail, generation.pk in retried)
            alike.setdefault(said, []).append(generation)
        standing = sum(generation.pk not in retried for generation in generations)
        return tuple(self._notice(tuple(group), standing) for group in alike.values())

    def _notice(self, group: tuple[Generation, ...], of: int) -> Notice:
        batch = self.strip.elsewhere.get(group[0].pk)
        if batch or group[0].pk in self.strip.retried:
            notice = self._cancelled(group, 1) if group[0].state == "cancelled" else self._failed(group, 1)
            history = replace(notice, acts=(), others=(), settings_url="", advice="", is_retried=True)
            return replace(history, retried_in=batch)
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
            sentences=tuple(filter(None, (gettext(error.sentence), charged_text(first)))),
            advice=gettext(advice_of(error)),
            settings_url=(settings_url := self._settings_url(first, error.place)),
            quote=self.strip.sayings.shown(first, first.shown_detail),
            acts=self._acts(error, has_settings=bool(settings_url)),
            others=self.others if self.strip.may_retry else (),
            of=of,
        )

    def _acts(self, error: type[GenerationError], *, has_settings: bool) -> tuple[str, ...]:
        """What the viewer can do about a final failure, the step that helps first: where something is set wrong, its
        settings; where a kept answer can be read, that; where the request itself is at fault, the prompt."""
        may_retry, is_mine = self.strip.may_retry, self.strip.is_mine
        has_exact = any(not other.note for other in self.others) if may_retry else False
        possible = {
            "settings": has_settings,
            "read": may_retry and error.may_read_again,
            "again": may_retry and error.kind != "declined",
            "other": may_retry and bool(self.others),
            "draw": is_mine and error.kind == "no_image",
            "edit": is_mine,
        }
        if has_settings:
            first = "settings"
        elif error.kind in READ_FIRST:
            first = "read"
        elif error.place and has_exact:
            first = "other"
        else:
            first = (
                "draw" if possible["draw"] else "again" if error.helps_again or error.whose_move == "admin" else "edit"
            )
        order = sorted(possible, key=lambda act: act != first)
        return tuple(act for act in order if possible[act])

    def _waiting(self, group: tuple[Generation, ...], of: int) -> Notice:
        first, model = group[0], group[0].model
        begins = None if model.paused_for == BY_HAND else max(filter(None, (first.run_at, model.paused_to)))
        return Notice(
            group,
            tone="lamp",
            icon="clock",
            title=waiting_title(first),
            sentences=tuple(filter(None, (waiting_sentence(first), charged_text(first)))),
            advice=waiting_advice(model),
            settings_url=self.pause_settings_url(model),
            quote=self.strip.sayings.shown(first, first.shown_detail),
            wait_seconds=seconds_until(begins) if begins else None,
            tries=first.tries(self.calls.get(first.pk, 0)),
            acts=("now",) if self.strip.may_cancel and not model.is_paused else (),
            of=of,
        )

    def _cancelled(self, group: tuple[Generation, ...], of: int) -> Notice:
        first, may_retry = group[0], self.strip.may_retry
        started = gettext("The provider had already started, so it may have been charged.")
        possible = {
            "read": may_retry and first.charged == "yes",  # its answer is there, and paid for
            "again": may_retry,
            "edit": self.strip.is_mine,
        }
        return Notice(
            group,
            tone="",
            icon="close",
            title=cancelled_title(first, is_own=first.cancel_asked_by == self.strip.viewer.person),
            sentences=tuple(filter(None, [first.charged and charged_text(first, started)])),
            acts=tuple(act for act, is_possible in possible.items() if is_possible),
            of=of,
        )

    def _settings_url(self, generation: Generation, place: str) -> str:
        """Where staff change the provider or the model; "" for others, and where neither is at fault."""
        if not self.strip.viewer.runs_providers or not place:
            return ""
        if place == "model":
            return reverse("provider_model", args=[generation.model.key])
        return reverse("provider", args=[generation.model.provider.key])

    def pause_settings_url(self, model: ProviderModel) -> str:
        """Where staff end the pause of a model or of its provider; "" for others, and while nobody has to act."""
        if not self.strip.viewer.runs_providers or model.paused_for not in {*BY_KIND, BY_HAND}:
            return ""
        if model.provider.is_paused:
            return reverse("provider", args=[model.provider.key])
        return reverse("provider_model", args=[model.key])

    @cached_property
    def others(self) -> tuple[Other, ...]:
        """What it could be tried on instead."""
        asked = [generation.model for generation in self.strip.every_generation]
        return other_models(self.strip.batch, len(self.strip.references), asked, self.models())


def is_stopped(generation: Generation) -> bool:
    return generation.state in ("failed", "cancelled") or generation.is_trying_again


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
    if model.paused_for == BY_HAND or (error and error.whose_move == "admin"):
        return ""
    return gettext("You don’t need to do anything. We’ll retry automatically.")


def cancelled_title(generation: Generation, *, is_own: bool) -> str:
    """Who cancelled it, and how long after it was started."""
    if not generation.started_at or not generation.finished_at:
        return gettext("You cancelled this before it started") if is_own else gettext("Cancelled before it started")
    seconds = max(1, round((generation.finished_at - generation.started_at).total_seconds()))
    form = gettext("You cancelled this after %(duration)s") if is_own else gettext("Cancelled after %(duration)s")
    return form % {"duration": remaining(seconds)}
