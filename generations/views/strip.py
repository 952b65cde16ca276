"""What a strip says and shows: a batch turned into the words, frames and notices of the page. Reads, never writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from generations.errors import GenerationError
from generations.models import Batch, Generation, Image, Person, Provider, ProviderModel
from generations.models.generation import CLAIM_SECONDS, HUSHED_SECONDS
from generations.models.image import PROMPT_IN_ALT
from generations.models.key import address, new_key

CHARGED = {
    "no": "Nothing has been charged.",
    "maybe": "It may have been charged.",
    "yes": "The provider charged for it.",
}
TURNS = {
    "yours": "Your turn: change what is asked.",
    "wait": "Nobody's turn: it only takes time.",
    "admin": "An administrator's turn.",
    "nobody": "Nobody did anything wrong. Trying again may help.",
    "unknown": "Yours to decide: another try may cost a second time.",
}
READABLE = {
    "cut",
    "upstream_failed",
    "unreadable",
    "no_image",
    "empty_response",
    "bad_picture",
    "picture_gone",
    "picture_refused",
    "not_stored",
    "internal",
}
"""Kinds of failure behind which an answer is usually kept that could be read better."""

MOST_QUOTED = 300
MOST_OTHERS = 6
THUMBNAILS = (320, 640, 1280)


@dataclass(frozen=True)
class Frame:
    """One picture, or the place where it will be. `k` counts within its generation, `number` within the strip."""

    generation: Generation
    k: int
    number: int
    total: int
    look: str
    ratio: str
    heading: str = ""
    image: Image | None = None
    deleted: Image | None = None
    alt: str = ""
    is_fresh: bool = False
    usual: float | None = None

    @property
    def id(self) -> str:
        return f"f-{self.generation.key}-{self.k}"

    @property
    def elapsed(self) -> int:
        """Seconds since it was started."""
        started = self.generation.started_at
        return max(0, int((timezone.now() - started).total_seconds())) if started else 0

    @property
    def clock(self) -> str:
        """Its elapsed time as the page goes on counting it: 1:05."""
        return clock(self.elapsed)

    @property
    def src(self) -> str:
        return f"{thumbnails(self.image)}640" if self.image else ""

    @property
    def srcset(self) -> str:
        return srcset(self.image) if self.image else ""


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
    """Why pictures are missing, and what can be done: one for all generations of a row that share it."""

    generations: tuple[Generation, ...]
    tone: str
    icon: str
    title: str
    sentence: str
    turn: str = ""
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
        return bool(self.quote) and (not self.is_refusal or len(self.quote) > MOST_QUOTED)

    @property
    def submission(self) -> str:
        """A key under which a double click on its button is one batch."""
        return new_key()


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
        return all(frame.look == "void" for frame in self.frames)

    @property
    def is_many(self) -> bool:
        """Whether its frames need more than one line."""
        return len(self.frames) > 4


@dataclass(frozen=True)
class Fresh:
    """What the page has not shown yet: keys of generations, each with how many of its pictures it has shown."""

    shown: Mapping[str, int] = field(default_factory=dict)

    def holds(self, generation: Generation, image: Image) -> bool:
        """Whether this picture is new to the page."""
        if generation.key not in self.shown:
            return False
        order = sorted(picture.pk for picture in generation.images.all())
        return order.index(image.pk) >= self.shown[generation.key]


class Strip:
    """One batch as the feed shows it to one person."""

    def __init__(
        self,
        batch: Batch,
        person: Person,
        places: Mapping[str, int] | None = None,
        fresh: Fresh | None = None,
        usual: Mapping[int, float] | None = None,
        calls: Mapping[int, int] | None = None,
        models: Iterable[ProviderModel] = (),
    ) -> None:
        self.batch = batch
        self.person = person
        self.places = places or {}
        self.fresh = fresh or Fresh()
        self.usual = usual or {}
        self.calls = calls or {}
        self.models_to_try = models
        self.generations = sorted(batch.generations.all(), key=lambda generation: generation.position)
        self.is_mine = batch.person_id == person.pk
        self.may_change = self.is_mine or person.is_staff

    # ── its state ──

    @cached_property
    def unfinished(self) -> list[Generation]:
        return [generation for generation in self.generations if not generation.is_final]

    @cached_property
    def images(self) -> list[Image]:
        """Its pictures, in the order of its generations."""
        return [image for generation in self.generations for image in generation.images.all()]

    @cached_property
    def total(self) -> int:
        """Pictures it has or still hopes for."""
        return sum(frames_of(generation) for generation in self.generations)

    @property
    def state(self) -> str:
        return self._tag[0]

    @property
    def tone(self) -> str:
        return self._tag[1]

    @property
    def says_state(self) -> str:
        return self._tag[2]

    @cached_property
    def _tag(self) -> tuple[str, str, str]:
        done, states = len(self.images), {generation.state for generation in self.generations}
        if self.unfinished:
            return self._tag_of_unfinished(done, states)
        if states == {"succeeded"}:
            return "done", "done", "Done"
        if done:
            return "done", "done", f"Done, {done} of {self.total}"
        if states == {"cancelled"}:
            return "cancelled", "off", "Cancelled"
        if all(generation.kind == "declined" for generation in self.generations if generation.state != "cancelled"):
            return "declined", "off", "Declined by the model"
        return "failed", "stop", "Failed"

    def _tag_of_unfinished(self, done: int, states: set[str]) -> tuple[str, str, str]:
        if all(generation.cancel_asked_at for generation in self.unfinished):
            return "developing", "off", "Stopping"
        if done:
            return "developing", "lamp", f"Developing, {done} of {self.total}"
        if "running" in states:
            return "developing", "lamp", "Developing"
        if all(is_trying_again(generation) for generation in self.unfinished):
            return "retrying", "lamp", "Trying again"
        return "queued", "wait", "Queued"

    # ── the note in the margin ──

    @cached_property
    def models(self) -> list[str]:
        """Names of its models, in order."""
        return list(dict.fromkeys(generation.model.name for generation in self.generations))

    @property
    def size(self) -> str:
        return show_size(self.batch.size)

    @property
    def compare_url(self) -> str:
        """Where its first pictures stand side by side; "" with fewer than two."""
        keys = [image.key for image in self.images[:4]]
        return f"{reverse('compare')}?{urlencode({'i': keys}, doseq=True)}" if len(keys) > 1 else ""

    @property
    def snapped(self) -> list[str]:
        """What its models drew in place of the size that was asked for."""
        said = (snapped(generation.model, self.batch.size, generation.size) for generation in self.generations)
        return list(dict.fromkeys(filter(None, said)))

    @property
    def took(self) -> int | None:
        """Seconds from the first start to the last end, once all is over."""
        starts = [generation.started_at for generation in self.generations if generation.started_at]
        ends = [generation.finished_at for generation in self.generations if generation.finished_at]
        if self.unfinished or not starts or not ends or not self.images:
            return None
        return max(1, round((max(ends) - min(starts)).total_seconds()))

    @property
    def cost(self) -> Decimal | None:
        """What its pictures cost by the catalogue, or will; None when a price is not known or nothing was drawn."""
        cost = Decimal()
        for generation in self.generations:
            if generation.model.price is None:
                return None
            cost += generation.model.price * self._charged_count(generation)
        return cost or None

    @staticmethod
    def _charged_count(generation: Generation) -> int:
        return len(generation.images.all()) if generation.is_final else generation.n

    @property
    def place(self) -> str:
        """ "3rd in line." while all of it waits."""
        waiting = [self.places[generation.key] for generation in self.unfinished if generation.key in self.places]
        return f"{ordinal(min(waiting) + 1)} in line." if waiting and self.state == "queued" else ""

    @property
    def waited(self) -> int:
        """Seconds since it was sent."""
        return max(0, int((timezone.now() - self.batch.created_at).total_seconds()))

    @property
    def waited_clock(self) -> str:
        return clock(self.waited)

    @property
    def pause(self) -> str:
        """Why nothing of it is started although a worker is free: its providers are paused."""
        waits = self.state == "queued" and not any(is_trying_again(generation) for generation in self.unfinished)
        if not waits or not all(generation.model.provider.is_paused for generation in self.unfinished):
            return ""
        return paused(self.unfinished[0].model.provider)

    @property
    def silence(self) -> str:
        """What to expect while the worker of some of it is not heard."""
        if not any(is_hushed(generation.state, generation.claim_until) for generation in self.unfinished):
            return ""
        return "The worker is silent. Within a minute this goes on or ends by itself."

    @property
    def lines(self) -> list[str]:
        """What the models write while they work."""
        running = [generation for generation in self.unfinished if generation.state == "running" and generation.line]
        return list(dict.fromkeys(generation.line for generation in running))[-4:]

    @property
    def remarks(self) -> list[tuple[str, str]]:
        """What models said beside their pictures, each with its model, at most three."""
        said = ((generation.remark.strip(), generation.model.name) for generation in self.generations)
        return list(dict.fromkeys(pair for pair in said if pair[0]))[:3]

    @property
    def cancel_label(self) -> str:
        """What Cancel says, or "" when there is nothing to cancel."""
        if not self.may_cancel:
            return ""
        waiting = sum(frames_of(generation) - len(generation.images.all()) for generation in self.unfinished)
        return f"Cancel the other {in_words(waiting)}" if self.images else "Cancel"

    @property
    def may_cancel(self) -> bool:
        return self.may_change and any(generation.cancel_asked_at is None for generation in self.unfinished)

    # ── the sheet ──

    @cached_property
    def rows(self) -> list[Row]:
        """One row for each model."""
        rows, number = [], 0
        for index, (name, group) in enumerate(groupby(self.generations, key=lambda generation: generation.model.name)):
            generations = list(group)
            frames = []
            for generation in generations:
                for k in range(1, frames_of(generation) + 1):
                    number += 1
                    frames.append(self._frame(generation, k, number))
            notices = tuple(self._notices(generations))
            rows.append(Row(f"r-{self.batch.key}-{index}", name, len(self.models) > 1, tuple(frames), notices))
        return rows

    def _frame(self, generation: Generation, k: int, number: int) -> Frame:
        image, deleted = image_at(generation.images.all(), k), image_at(generation.deleted_images, k)
        return Frame(
            generation=generation,
            k=k,
            number=number,
            total=self.total,
            heading=f"{self.batch}, image {number}",
            look="gone" if deleted else look_of(generation, image),
            ratio=shown.ratio if (shown := image or deleted) else generation.model.ratio_of(generation.size),
            image=image,
            deleted=deleted if self.is_mine and deleted and deleted.is_restorable else None,
            alt=image.alt or f"Image {number} of {self.total}: {self.batch.prompt[:PROMPT_IN_ALT]}" if image else "",
            is_fresh=image is not None and self.fresh.holds(generation, image),
            usual=self.usual.get(generation.model_id),
        )

    def _notices(self, generations: list[Generation]) -> Iterable[Notice]:
        stopped = [generation for generation in generations if is_stopped(generation)]
        alike: dict[tuple[object, ...], list[Generation]] = {}
        for generation in stopped:
            alike.setdefault((generation.state, generation.kind, generation.charged, generation.detail), []).append(
                generation
            )
        return [self._notice(tuple(group), len(generations)) for group in alike.values()]

    def _notice(self, group: tuple[Generation, ...], of: int) -> Notice:
        first = group[0]
        if first.state == "cancelled":
            return self._cancelled_notice(group, of)
        if not first.is_final:
            return self._waiting_notice(group, of)
        error = first.error or GenerationError
        sentence = f"{error.sentence} {CHARGED.get(first.charged, CHARGED['maybe'])}"
        is_declined = first.kind == "declined"
        return Notice(
            group,
            tone="" if is_declined else "stop",
            icon="ban" if is_declined else "alert",
            title=error.title,
            sentence=sentence,
            turn=TURNS[error.turn],
            quote=first.detail,
            may_try_again=self.may_change and not is_declined,
            may_read_again=self.may_change and first.kind in READABLE,
            may_edit=self.is_mine,
            others=self.others if self.may_change and not is_declined else (),
            of=of,
        )

    @cached_property
    def others(self) -> tuple[Other, ...]:
        """Models it was not asked of that take its words and references: first those that take its size, then those
        that choose the shape themselves."""
        given, asked = len(self.batch.references.all()), {generation.model_id for generation in self.generations}
        fitting = (
            Other(model, snapped(model, self.batch.size))
            for model in self.models_to_try
            if model.pk not in asked
            and model.min_references <= given <= model.max_references
            and len(self.batch.prompt) <= model.max_prompt
        )

        def far(other: Other) -> tuple[bool, bool]:
            return bool(other.note), bool(self.batch.size and not other.model.sizes)

        return tuple(sorted(fitting, key=far)[:MOST_OTHERS])

    def _waiting_notice(self, group: tuple[Generation, ...], of: int) -> Notice:
        first, provider = group[0], group[0].model.provider
        error = first.error or GenerationError
        charged = CHARGED.get(first.charged, CHARGED["maybe"])
        begins = max(filter(None, (first.run_at, provider.paused_until)))
        return Notice(
            group,
            tone="lamp",
            icon="clock",
            title=error.title,
            sentence=f"{error.sentence} {charged}{f' {paused(provider)}' if provider.is_paused else ''}",
            turn=TURNS["wait"],
            quote=first.detail,
            wait_seconds=max(0, int((begins - timezone.now()).total_seconds()) + 1),
            tries=first.tries(self.calls.get(first.pk, 0)),
            may_try_now=self.may_cancel and not provider.is_paused,
            of=of,
        )

    def _cancelled_notice(self, group: tuple[Generation, ...], of: int) -> Notice:
        first = group[0]
        who = "You" if first.cancel_asked_by_id == self.person.pk else "It was"
        verb = "cancelled this" if who == "You" else "cancelled"
        after = cancelled_after(first)
        title = f"{who} {verb}{f' after {after}' if after else ' before it started'}"
        sentence = {
            "no": CHARGED["no"],
            "maybe": "The provider had already started, so it may have been charged.",
            "yes": CHARGED["yes"],
        }.get(first.charged, "")
        return Notice(group, "", "close", title, sentence, may_try_again=self.may_change, may_edit=self.is_mine, of=of)


# ── what the parts are made of ──


def frames_of(generation: Generation) -> int:
    """How many frames it takes: what was asked while it runs or when it stopped without one, then what came."""
    came = [*generation.images.all(), *generation.deleted_images]
    got = max((image.position for image in came), default=0)
    return got if generation.state == "succeeded" and got else max(got, generation.n)


def image_at(images: Iterable[Image], k: int) -> Image | None:
    return next((image for image in images if image.position == k), None)


def look_of(generation: Generation, image: Image | None) -> str:
    """Whether a frame is done, developing, waiting, gone with what was deleted, or void."""
    if image is not None:
        return "done"
    if generation.state == "succeeded":
        return "gone"
    if generation.is_final or is_trying_again(generation):
        return "void"
    return "developing" if generation.state == "running" else "waiting"


def is_trying_again(generation: Generation) -> bool:
    """Whether it failed, surely for free or with its answer kept, and waits to be tried again."""
    return generation.state == "queued" and bool(generation.kind) and generation.run_at > datetime.now(UTC)


def is_hushed(state: str, claim_until: datetime | None) -> bool:
    """Whether it runs, but its worker has missed some beats."""
    if state != "running" or claim_until is None:
        return False
    return claim_until < datetime.now(UTC) + timedelta(seconds=CLAIM_SECONDS - HUSHED_SECONDS)


def paused(provider: Provider) -> str:
    """Why nothing is sent to a provider that is paused."""
    return f"{provider} is paused, so nothing is sent there yet. {provider.pause_reason}".strip()


def is_stopped(generation: Generation) -> bool:
    return generation.state in ("failed", "cancelled") or is_trying_again(generation)


def cancelled_after(generation: Generation) -> str:
    """How long it ran before it was cancelled, in words; "" if it never started."""
    if not generation.started_at or not generation.finished_at:
        return ""
    seconds = max(1, round((generation.finished_at - generation.started_at).total_seconds()))
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def srcset(image: Image) -> str:
    """The widths a browser may choose from, for a picture whose copies are named by their long side."""
    long_side = max(image.width, image.height)
    sides = [side for side in THUMBNAILS if side <= long_side] or [THUMBNAILS[0]]
    address = thumbnails(image)
    return ", ".join(f"{address}{side} {max(1, round(side * image.width / long_side))}w" for side in sides)


def thumbnails(image: Image) -> str:
    """The address of a picture's copies, up to their long side."""
    return address("thumbnail", image.key, 0).removesuffix("0")


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
