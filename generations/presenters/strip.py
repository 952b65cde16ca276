"""What a strip says and shows: a batch turned into the words, frames and notices of the page. Reads, never writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property, partial

from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import rights
from generations.models import Batch, Gallery, Generation, Image, ProviderModel, Verdict
from generations.models.image import PROMPT_IN_ALT
from generations.models.key import address
from generations.models.numbering import by_model, draft_number, frames_of, heading, in_order, numbers_of
from generations.presenters.batch_state import BatchState, state_of
from generations.presenters.comparison import compare_address
from generations.presenters.cost import Cost, cost_of_all
from generations.presenters.formatting import clock, seconds_since, show_size, snapped_together
from generations.presenters.frame import Frame, image_at, is_heartbeat_late, look_of
from generations.presenters.notice import Notices
from generations.presenters.sheet import Row, lines_of
from generations.queries.comments import comment_counts
from generations.queries.strips import (
    calls_before,
    draft_counts,
    favourites_among,
    loaded,
    median_seconds_of,
    models_to_try,
    queue_positions,
    retried_elsewhere,
)
from generations.translation import listed
from generations.viewer import Viewer
from generations.withheld import Sayings


@dataclass(frozen=True)
class Fresh:
    """What the page has not shown yet: keys of generations, each with how many of its pictures it has shown."""

    shown: Mapping[str, int] = field(default_factory=dict)

    def holds(self, generation: Generation, image: Image) -> bool:
        """Whether this picture is new to the page."""
        if generation.key not in self.shown:
            return False
        order = sorted(picture.pk for picture in generation.kept_images)
        return order.index(image.pk) >= self.shown[generation.key]


class Strip:
    """One batch as the feed shows it to one person."""

    def __init__(
        self,
        batch: Batch,
        viewer: Viewer,
        places: Mapping[str, int] | None = None,
        fresh: Fresh | None = None,
        median_seconds: Mapping[int, float] | None = None,
        calls: Mapping[int, int] | None = None,
        models: Callable[[], Iterable[ProviderModel]] = tuple,
        drafts: Mapping[int, int] | None = None,
        elsewhere: Mapping[int, Batch] | None = None,
        sayings: Sayings | None = None,
    ) -> None:
        self.batch = batch
        self.id = f"g-{batch.key}"
        self.viewer = viewer
        self.places = places or {}
        self.fresh = fresh or Fresh()
        self.median_seconds = median_seconds or {}
        self.drafts = drafts or {}
        self.elsewhere = elsewhere or {}
        self.notices = Notices(self, calls or {}, models)
        self.every_generation = in_order(batch.generations.all())
        self.sayings = sayings or Sayings(viewer, self.every_generation)
        self.retried = {generation.retry_of_id for generation in self.every_generation}
        self.generations = [generation for generation in self.every_generation if generation.pk not in self.retried]

    # ── what the viewer may do with it ──

    @cached_property
    def is_mine(self) -> bool:
        return rights.own_batch.allows(self.viewer, self.batch)

    @cached_property
    def may_retry(self) -> bool:
        """Whether what failed of it may be sent again, and what was answered read again."""
        return rights.retry_batch.allows(self.viewer, self.batch)

    @cached_property
    def may_show(self) -> bool:
        """Whether the viewer may change who sees it."""
        return rights.show_batch.allows(self.viewer, self.batch)

    @cached_property
    def may_cancel(self) -> bool:
        """Whether something of it is left to cancel, and the viewer may."""
        is_left = any(generation.cancel_asked_at is None for generation in self.unfinished)
        return is_left and rights.cancel_batch.allows(self.viewer, self.batch)

    @cached_property
    def gallery(self) -> Gallery | None:
        """Where its pictures are, if whoever sees it sees that too."""
        gallery, visibility = self.batch.gallery, self.batch.visibility
        if gallery is None or gallery.deleted_at or visibility == Batch.Visibility.PRIVATE:
            return None
        is_seen = visibility == Batch.Visibility.GALLERY or gallery.team_id == self.batch.team_id
        return gallery if is_seen or self.is_mine else None

    @cached_property
    def may_remove(self) -> bool:
        """Whether the viewer may take it out of the feed: it is over and brought nothing."""
        has_any = any(generation.every_image for generation in self.every_generation)
        return not has_any and not self.unfinished and rights.remove_batch.allows(self.viewer, self.batch)

    # ── its state ──

    @cached_property
    def unfinished(self) -> list[Generation]:
        return [generation for generation in self.generations if not generation.is_final]

    @cached_property
    def images(self) -> list[Image]:
        """Its pictures, in the order of its generations."""
        return [image for generation in self.every_generation for image in generation.kept_images]

    @cached_property
    def numbers(self) -> dict[tuple[int, int], int]:
        """The number of each frame, by its generation and its place there."""
        return numbers_of(self.every_generation)

    @property
    def total(self) -> int:
        """Pictures it has or still hopes for."""
        return len(self.numbers)

    @cached_property
    def state(self) -> BatchState:
        return state_of(self.generations, done=len(self.images), total=self.total)

    # ── the note in the margin ──

    @property
    def is_sample(self) -> bool:
        """Whether the sandbox draws it, and no model's name says so."""
        models = [generation.model for generation in self.every_generation]
        return any(model.provider.is_sandbox and not model.has_namesake for model in models)

    @cached_property
    def models(self) -> list[str]:
        """Names of its models, in order."""
        return list(dict.fromkeys(generation.model.told_name for generation in self.generations))

    @property
    def size(self) -> str:
        return show_size(self.batch.size)

    @property
    def facts(self) -> list[str]:
        """Its models, what size was asked for and how many pictures it has or hopes for."""
        pictures = ngettext("%(number)s picture", "%(number)s pictures", self.total) % {"number": self.total}
        return [*self.models, *filter(None, [self.size]), pictures]

    @property
    def verdicts(self) -> str:
        """ "1 approved, 2 rejected": what reviewers decided about its pictures; "" while they await it."""
        counts = Counter(image.verdict.state for image in self.images if image.verdict)
        said = {
            Verdict.State.APPROVED: _("%(number)s approved"),
            Verdict.State.CHANGES: _("%(number)s to change"),
            Verdict.State.REJECTED: _("%(number)s rejected"),
        }
        return listed([text % {"number": counts[state]} for state, text in said.items() if counts[state]])

    @property
    def returned(self) -> list[Frame]:
        """For its author: the pictures that were rejected or have to be changed, at most three."""
        if not self.is_mine:
            return []
        verdicts = ((frame, frame.image.verdict) for frame in self.drawn_frames if frame.image)
        return [frame for frame, verdict in verdicts if verdict and not verdict.is_approval][:3]

    @cached_property
    def references(self) -> list[Image]:
        """In order."""
        return list(self.batch.references.all())

    @cached_property
    def sent_at(self) -> datetime:
        """When it was sent, by the clocks of the place."""
        return timezone.localtime(self.batch.created_at)

    @property
    def sent_clock(self) -> str:
        """2:05 p.m., or as the language writes it."""
        return date_format(self.sent_at, "TIME_FORMAT")

    @property
    def address(self) -> str:
        return self.batch.get_absolute_url()

    @cached_property
    def compare_url(self) -> str:
        """Where its pictures stand side by side; "" with fewer than two."""
        keys = [image.key for image in self.images]
        return compare_address(keys) if len(keys) > 1 else ""

    @cached_property
    def snapped(self) -> list[str]:
        """What its models drew in place of the size that was asked for."""
        return snapped_together(((each.model, each.size) for each in self.generations), self.batch.size)

    @cached_property
    def sent_smaller(self) -> list[str]:
        """What to say of references that were sent smaller than they are, each size once."""
        found = sorted({tuple(each) for generation in self.generations for each in generation.sent_smaller})
        said = _("Reference %(number)s was sent at %(width)s × %(height)s.")
        return [said % {"number": place, "width": width, "height": height} for place, width, height in found]

    @cached_property
    def took(self) -> int | None:
        """Seconds from the first start to the last end, once all is over."""
        starts = [generation.started_at for generation in self.generations if generation.started_at]
        ends = [generation.finished_at for generation in self.generations if generation.finished_at]
        if self.unfinished or not starts or not ends or not self.images:
            return None
        return max(1, round((max(ends) - min(starts)).total_seconds()))

    @cached_property
    def cost(self) -> Cost:
        """What its pictures cost, or will."""
        return cost_of_all(self.every_generation)

    @property
    def place(self) -> str:
        """ "3rd in line." while all of it waits."""
        waiting = [self.places[generation.key] for generation in self.unfinished if generation.key in self.places]
        if not waiting or self.state.name != "queued":
            return ""
        return _("%(place)s in line.") % {"place": ordinal(min(waiting) + 1)}

    @property
    def waited(self) -> int:
        """Seconds since it was sent."""
        return seconds_since(self.batch.created_at)

    @property
    def waited_clock(self) -> str:
        return clock(self.waited)

    @property
    def pause(self) -> str:
        """Why nothing of it is started although a worker is free: its providers are paused."""
        waits = self.state.name == "queued" and not any(generation.is_trying_again for generation in self.unfinished)
        if not waits or not all(generation.model.is_paused for generation in self.unfinished):
            return ""
        return self.unfinished[0].model.pause_sentence

    @property
    def pause_settings_url(self) -> str:
        """Where the viewer may end that pause; "" for those who may not."""
        return self.notices.pause_settings_url(self.unfinished[0].model) if self.pause else ""

    @property
    def silence(self) -> str:
        """What to expect while the worker of some of it is not heard."""
        if not any(is_heartbeat_late(generation.state, generation.claim_until) for generation in self.unfinished):
            return ""
        return _("The worker has stopped responding. This continues or ends within a minute.")

    @property
    def live_remark(self) -> str:
        """The sentence that a model wrote last while it draws; "" for none."""
        running = (generation for generation in self.unfinished if generation.state == "running")
        said = [each.progress_text for each in running if self.sayings.shows(each, each.progress_text)]
        return next(filter(None, reversed(said)), "")

    @property
    def remarks(self) -> list[tuple[str, str]]:
        """What models said beside their pictures, each with its model, at most three."""
        shown = (each for each in self.generations if self.sayings.shows(each, each.remark))
        said = ((generation.remark.strip(), generation.model.told_name) for generation in shown)
        return list(dict.fromkeys(pair for pair in said if pair[0]))[:3]

    @property
    def drafts_label(self) -> str:
        """ "2 more pictures": those that came beside what was asked for; "" for none."""
        count = sum(self.drafts.get(generation.pk, 0) for generation in self.every_generation)
        return (
            ngettext("%(number)s more picture", "%(number)s more pictures", count) % {"number": count} if count else ""
        )

    @property
    def drafts_url(self) -> str:
        """Where the first of them are shown."""
        having = next(generation for generation in self.every_generation if self.drafts.get(generation.pk))
        return f"{address('exchange', having.key)}#drafts"

    def frame_of(self, image: Image) -> Frame:
        """The frame of one of its pictures, or of a draft that came beside them."""
        shown = next((frame for frame in self.drawn_frames if frame.image == image), None)
        if shown is not None:
            return shown
        [generation] = [each for each in self.every_generation if each.pk == image.generation_id]
        number = draft_number(image, generation)
        return replace(
            self._frame(generation, image.position, number),
            image=image,
            look="done",
            ratio=image.ratio,
            heading=heading(self.batch, number, is_draft=True),
            alt=image.alt or self._alt(number),
        )

    @property
    def cancel_label(self) -> str:
        """What Cancel says, or "" when there is nothing to cancel."""
        if not self.may_cancel:
            return ""
        waiting = sum(frames_of(generation) - len(generation.kept_images) for generation in self.unfinished)
        if not self.images:
            return _("Cancel")
        return ngettext("Cancel the other one", "Cancel the other %(number)s", waiting) % {"number": waiting}

    # ── the sheet ──

    @cached_property
    def rows(self) -> list[Row]:
        """One row for each model."""
        of_models, rows = by_model(self.every_generation), []
        for index, generations in enumerate(of_models):
            frames = tuple(frame for generation in generations for frame in self._frames(generation))
            name, notices = generations[0].model.told_name, self.notices.of(generations)
            rows.append(Row(f"r-{self.batch.key}-{index}", name, len(of_models) > 1, frames, notices))
        return rows

    def _frames(self, generation: Generation) -> Iterator[Frame]:
        """Without empty ones of what was tried again in another batch."""
        for (number_of_generation, k), number in self.numbers.items():
            if number_of_generation == generation.pk:
                frame = self._frame(generation, k, number)
                if generation.pk not in self.elsewhere or frame.look != "void":
                    yield frame

    @property
    def side_by_side(self) -> str:
        """Where several models drew one picture each, the classes that set these beside each other; "" for others."""
        frames = [frame for row in self.rows for frame in row.frames]
        is_one_each = len(self.rows) > 1 and frames and all(len(row.frames) < 2 for row in self.rows)
        return f"{frames[0].ratio} {lines_of(frames)}" if is_one_each else ""

    @property
    def drawn_frames(self) -> list[Frame]:
        """Those that hold a picture."""
        return [frame for row in self.rows for frame in row.frames if frame.image]

    def _frame(self, generation: Generation, k: int, number: int) -> Frame:
        image, deleted = image_at(generation.kept_images, k), image_at(generation.deleted_images, k)
        return Frame(
            generation=generation,
            k=k,
            number=number,
            total=self.total,
            heading=heading(self.batch, number),
            look="gone" if deleted else look_of(generation, image),
            ratio=shown.ratio if (shown := image or deleted) else generation.model.ratio_of(generation.size),
            image=image,
            deleted=deleted if deleted and rights.restore_image.allows(self.viewer, deleted) else None,
            taken_down=deleted.deletion_reason if deleted and deleted.is_taken_down and self.is_mine else None,
            alt=image.alt or self._alt(number) if image else "",
            target=f"{self.id}-refine",
            is_fresh=image is not None and self.fresh.holds(generation, image),
            may_generate=self.viewer.may_generate,
            median_seconds=self.median_seconds.get(generation.model_id),
        )

    def _alt(self, number: int) -> str:
        """What stands for a picture that nobody described."""
        prompt = self.batch.prompt[:PROMPT_IN_ALT]
        named = {"number": number, "total": self.total, "prompt": prompt}
        return _("Picture %(number)s of %(total)s: %(prompt)s") % named


def strips_of(batches: Iterable[Batch], viewer: Viewer, fresh: Fresh | None = None) -> list[Strip]:
    """The strips of these batches; one query for all their places in line, one for the hearts, one for their
    comments, one for their drafts, one for the retries of what stopped, two for how long their models usually take
    while some are unfinished, one for the calls of what is tried again, one for the models to try in place of what
    failed, once a notice offers them, four for what may repeat words that the viewer may not read."""
    batches = loaded(batches)
    generations = [generation for batch in batches for generation in batch.generations.all()]
    places = queue_positions(generations)
    median_seconds = median_seconds_of(generations)
    calls = calls_before(generation for generation in generations if generation.is_trying_again)
    models = cache(partial(models_to_try, viewer))
    drafts, elsewhere = draft_counts(generations), retried_elsewhere(generations)
    sayings = Sayings(viewer, generations)
    strips = [
        Strip(batch, viewer, places, fresh, median_seconds, calls, models, drafts, elsewhere, sayings)
        for batch in batches
    ]
    images = [image for strip in strips for image in strip.images]
    liked, counts = favourites_among(viewer.person, images), comment_counts(viewer, images)
    for image in images:
        image.is_favourite = image.pk in liked
        image.comment_count = counts.get(image.pk, 0)
    return strips
