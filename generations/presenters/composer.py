"""The composer as it is shown: what can be chosen, what is chosen, and what stood in it when it came back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import access, rights
from generations.forms.composer import (
    COUNTS,
    GALLERY,
    MAX_COUNT,
    PRIVATE,
    ComposerForm,
    archived_gallery,
    gallery_to_fill,
)
from generations.imaging.decode import MAX_PIXELS
from generations.models import Batch, Draft, Gallery, Image, ProviderModel, Team
from generations.models.batch import MAX_PROMPT
from generations.models.difference import is_another
from generations.models.draft import Fields, content
from generations.models.key import address, new_key
from generations.models.price import dollars
from generations.models.provider_model import ADDED
from generations.models.sizes import ratio_class, shape_of
from generations.presenters.audience import Audiences
from generations.presenters.formatting import clipped, rounded, seconds, show_size, snapped_together
from generations.queries.composer import (
    draft_of,
    image_if_read,
    models_to_offer,
    names_of_models,
    references_to_use,
)
from generations.queries.picture import references_to_see
from generations.queries.strips import loaded, median_seconds
from generations.rights import Viewer
from generations.translatable import Message, PluralMessage
from generations.translation import listed, translated

MAX_REFERENCES = 20
MAX_DRAFT_EXCERPT = 60


@dataclass(frozen=True)
class Size:
    """A shape one may ask for."""

    value: str
    label: str
    ratio: str
    is_chosen: bool


@dataclass(frozen=True)
class Fit:
    """What does not fit a chosen model. What stops the sending can be mended by leaving out that one of several."""

    sentence: str
    is_stop: bool = False
    leave_out: str = ""
    model: str = ""

    @property
    def label(self) -> str:
        """What the button says that leaves the model out; "" without one."""
        return _("Leave out %(model)s") % {"model": self.model} if self.leave_out else ""

    @property
    def shown(self) -> dict[str, object]:
        """As JSON for the page."""
        return {"text": self.sentence, "isStop": self.is_stop, "leaveOut": self.leave_out, "label": self.label}


@dataclass(frozen=True)
class StashedDraft:
    """A draft that does not stand in the composer: how it begins, and where it does."""

    words: str
    count: int
    address: str
    client_id: str = ""
    may_forget: bool = False


@dataclass
class Composer:
    """Everything the composer's template prints."""

    viewer: Viewer
    form: ComposerForm | None = None
    references: list[Image] = field(default_factory=list)
    prompt: str = ""
    chosen: tuple[str, ...] = ()
    size: str = ""
    n: str = ""
    visible: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    derivation: str = ""
    base_client_id: str = ""
    stashed: StashedDraft | None = None
    missing: int = 0
    given: int | None = None

    most_megapixels = MAX_PIXELS // 1_000_000

    def __post_init__(self) -> None:
        if self.form is not None:
            self._read({name: self.form.data.getlist(name) for name in self.form.data})

    def _read(self, said: Fields) -> None:
        """Show these fields, whatever is in them."""
        first = {name: values[0] for name, values in said.items() if values}
        self.prompt, self.chosen = first.get("prompt", ""), tuple(said.get("model", ()))
        self.n = first.get("other_n", "") or first.get("n", "")
        self.size, self.visible = first.get("size", ""), first.get("visible", "")
        self.options = {name: first.get(name, "") for name in ComposerForm.OPTIONS}
        self.parent, self.derivation = first.get("parent", ""), first.get("derivation", "")
        self.base_client_id = first.get("base_client_id", "")

    @classmethod
    def prefilled(cls, viewer: Viewer, asked: QueryDict, last: Batch | None) -> Composer:
        """As the address asks: `?from=<batch>`, `?again=<image>`, `?with=<image>`, `?gallery=<gallery>`,
        `?prompt=` and `?model=`.

        Else the person's draft, with `?draft=stashed` the stashed one; else the choices, not the words, of
        the last batch."""
        composer = cls._prefilled(viewer, asked, last)
        if key := asked.get("gallery"):
            composer.visible = f"{GALLERY}{access.gallery_to_aim_at(viewer, key).key}"
        return composer

    @classmethod
    def _prefilled(cls, viewer: Viewer, asked: QueryDict, last: Batch | None) -> Composer:
        draft = draft_of(viewer.user)
        if not any(asked.get(name) for name in ("from", "again", "prompt", "draft")):
            composer = cls._drafted(viewer, asked, last, draft.fields if draft else {})
            composer.base_client_id, composer.stashed = draft.client_id if draft else "", stashed_draft(draft)
            return composer
        composer = cls._asked_for(viewer, asked, last, draft)
        if draft and any(content(draft.fields)):
            composer.stashed = StashedDraft(*shown_of(draft.fields), reverse("studio"), draft.client_id)
        return composer

    @classmethod
    def _asked_for(cls, viewer: Viewer, asked: QueryDict, last: Batch | None, draft: Draft | None) -> Composer:
        if asked.get("from"):
            composer = cls.going_on_from(viewer, access.batch_to_see(viewer, asked.get("from", "")))
            composer.prompt = asked.get("prompt", "")[:MAX_PROMPT] or composer.prompt
            return composer
        if asked.get("again"):
            image, generation = access.image_to_vary(viewer, asked.get("again", ""))
            composer = cls.with_all_of(viewer, generation.batch)
            if not rights.see_batch.allows(viewer, generation.batch):  # it is seen in a gallery alone
                composer.references = references_to_see(viewer, generation.batch)
            composer.chosen = (generation.model.key,)
            composer.parent, composer.derivation = image.key, Batch.Derivation.AGAIN
            return composer
        return cls._drafted(viewer, asked, last, draft.stashed if draft and asked.get("draft") else {})

    @classmethod
    def _drafted(cls, viewer: Viewer, asked: QueryDict, last: Batch | None, said: Fields) -> Composer:
        """With these fields, what the address adds to them, and the choices of the last batch where there are none."""
        composer = cls(viewer) if last is None else cls.like(viewer, last)
        if said:
            composer._read(said)
            named = said.get("ref", [])[:MAX_REFERENCES]
            composer.references = references_to_use(viewer, named)
            composer.missing = len(set(named)) - len(composer.references)
        if asked.get("with"):
            added = access.image_to_see(viewer, asked.get("with", ""))
            composer.references = [image for image in composer.references if image != added] + [added]
        if asked.get("prompt"):
            composer.prompt = asked.get("prompt", "")[:MAX_PROMPT]
        if named := asked.getlist("model"):
            # A name may be that of a model at every provider; it means one of them, the first.
            by_name = {model.name: model.key for model in reversed(composer.models)}
            wanted = {by_name.get(each, each) for each in named}
            known = tuple(model.key for model in composer.models if model.key in wanted)
            composer.chosen = known or composer.chosen
        return composer

    @classmethod
    def standing(cls, viewer: Viewer, fields: QueryDict, given: int) -> Composer:
        """As it stands on a page, with this many references."""
        composer = cls(viewer, given=given)
        composer._read(dict(fields.lists()))
        return composer

    @classmethod
    def going_on_from(cls, viewer: Viewer, batch: Batch) -> Composer:
        """With everything a batch was asked with, as a child of the first picture it brought, if it brought one."""
        composer = cls.with_all_of(viewer, loaded([batch])[0])
        drew = (image for generation in batch.generations.all() for image in generation.kept_images)
        if first := next(drew, None):
            composer.parent, composer.derivation = first.key, Batch.Derivation.AGAIN
        return composer

    @classmethod
    def with_all_of(cls, viewer: Viewer, batch: Batch) -> Composer:
        """With everything a batch was asked with."""
        composer = cls.like(viewer, batch)
        composer.prompt, composer.options = batch.prompt, batch.options
        composer.references = list(batch.references.order_by("batchreference__position"))
        if batch.parent and batch.derivation != Batch.Derivation.REFER:  # a reference says so by being one
            composer.parent, composer.derivation = batch.parent.key, batch.derivation
        return composer

    @classmethod
    def like(cls, viewer: Viewer, batch: Batch) -> Composer:
        """With a batch's models, size, number and visibility."""
        every = list(batch.generations.all())
        retried = {generation.retry_of_id for generation in every}
        keys = tuple(dict.fromkeys(each.model.key for each in every if each.pk not in retried))
        team = batch.team.key if batch.team else PRIVATE
        shown = f"{GALLERY}{batch.gallery.key}" if batch.gallery else team
        return cls(
            viewer,
            chosen=keys,
            size=batch.size,
            n=str(batch.count),
            visible=PRIVATE if batch.visibility == Batch.Visibility.PRIVATE else shown,
        )

    @cached_property
    def source(self) -> Batch | None:
        """The batch it goes on from."""
        image = image_if_read(self.viewer, self.parent)
        return image.batch if image else None

    @property
    def source_address(self) -> str:
        """Its page, or that of the picture for who sees that alone."""
        is_seen = self.source is not None and rights.see_batch.allows(self.viewer, self.source)
        return self.source.get_absolute_url() if self.source and is_seen else address("image", self.parent)

    @property
    def is_based(self) -> bool:
        """Whether what stands in it still goes on from there: who wrote another prompt began something new."""
        if self.source is None:
            return False
        return self.derivation not in ("", Batch.Derivation.AGAIN) or not is_another(self.source.prompt, self.prompt)

    # ── what can be chosen ──

    @property
    def largest_file(self) -> int:
        """Bytes a reference may have."""
        return settings.MAX_UPLOAD_BYTES

    @property
    def most_megabytes(self) -> int:
        return self.largest_file // 2**20

    @cached_property
    def models(self) -> list[ProviderModel]:
        return models_to_offer(self.viewer)

    @property
    def is_sandbox_alone(self) -> bool:
        """Whether everything on offer is drawn by the sandbox."""
        return bool(self.models) and all(model.provider.is_sandbox for model in self.models)

    @cached_property
    def median_seconds(self) -> dict[int, float]:
        """How many seconds a model usually takes, by its number."""
        return median_seconds(model.pk for model in self.models)

    @property
    def providers(self) -> list[tuple[str, list[ProviderModel]]]:
        """Models under their provider's name."""
        groups = groupby(self.models, key=lambda model: model.provider.name)
        return [(name, list(group)) for name, group in groups]

    @cached_property
    def chosen_models(self) -> list[ProviderModel]:
        """The chosen models that are still offered, else the first; none at all only where a page says so."""
        chosen = [model for model in self.models if model.key in self.chosen]
        return chosen or ([] if self.given is not None else self.models[:1])

    @property
    def chosen_keys(self) -> set[str]:
        return {model.key for model in self.chosen_models}

    @cached_property
    def namesakes(self) -> set[str]:
        """The keys of models whose name is offered at another provider too."""
        offered = Counter(model.name for model in self.models)
        return {model.key for model in self.models if offered[model.name] > 1}

    @property
    def models_label(self) -> str:
        """gpt-image-1, or gpt-image-1, flux +2."""
        names = [self._name_of(model) for model in self.chosen_models]
        return ", ".join(names) if len(names) <= 2 else f"{names[0]}, {names[1]} +{len(names) - 2}"

    @cached_property
    def sizes(self) -> list[Size]:
        """Every size any model takes, ratios first; "auto" is what not asking means."""
        every = dict.fromkeys(size for model in self.models for size in model.sizes if size != "auto")
        ordered = sorted(every, key=lambda size: (":" not in size, -ratio(size) if ":" in size else area(size), size))
        return [Size(size, show_size(size), ratio_class(*shape_of(size)), size == self.chosen_size) for size in ordered]

    @property
    def shapes(self) -> list[tuple[str, list[Size]]]:
        """The sizes by orientation: of each the ratios, then what is named in pixels."""
        named = {1: _("Landscape"), 0: _("Square"), -1: _("Portrait")}
        groups: dict[int, list[Size]] = {way: [] for way in named}
        for size in self.sizes:
            width, height = shape_of(size.value)
            groups[(width > height) - (width < height)].append(size)
        return [(named[way], sizes) for way, sizes in groups.items() if sizes]

    @property
    def chosen_size(self) -> str:
        """The chosen size, or "" when no model on offer takes it. A chosen one that does not gets its nearest."""
        return self.size if any(self.size in model.sizes for model in self.models) else ""

    @property
    def size_label(self) -> str:
        return show_size(self.chosen_size) or _("Any shape")

    @property
    def size_ratio(self) -> str:
        return ratio_class(*shape_of(self.chosen_size))

    @property
    def counts(self) -> list[tuple[int, bool]]:
        """1, 2, 4, 8, and which is chosen; none where another number is."""
        return [(count, count == self.count) for count in COUNTS]

    @property
    def count(self) -> int:
        """How many pictures are asked of each model."""
        is_number = self.n.isascii() and self.n.isdecimal() and len(self.n) < 4
        return int(self.n) if is_number and 1 <= int(self.n) <= MAX_COUNT else 1

    @property
    def other_count(self) -> str:
        """The number of pictures where it has no button."""
        return "" if self.count in COUNTS else str(self.count)

    @property
    def most_count(self) -> int:
        return MAX_COUNT

    @cached_property
    def teams(self) -> list[Team]:
        return list(self.form.teams.values()) if self.form else list(self.viewer.user.teams.order_by("membership__pk"))

    @cached_property
    def gallery(self) -> Gallery | None:
        """Where what is made goes, if it goes into one."""
        return gallery_to_fill(self.viewer, self.visible)

    @cached_property
    def audience(self) -> Audiences:
        return Audiences(self.viewer, self.teams, self.visible_to, self.gallery)

    @property
    def visible_to(self) -> str:
        """The value of "Visible to": the chosen one, else the first team. Only oneself instead of a team one is not in,
        or a gallery one may not fill, so that nobody sees what was meant for others."""
        if not self.visible:
            return self.teams[0].key if self.teams else PRIVATE
        if self.gallery:
            return self.visible
        return self.visible if self.visible in {team.key for team in self.teams} else PRIVATE

    @property
    def estimate(self) -> Decimal | None:
        """What sending would cost by today's prices; None when one is not known."""
        prices = [model.price_for(model.nearest(self.chosen_size), self.options) for model in self.chosen_models]
        known = [price for price in prices if price is not None]
        return sum(known, Decimal()) * self.count if known and len(known) == len(prices) else None

    @property
    def seconds(self) -> float | None:
        """How long the slowest chosen model usually takes; None when one never drew."""
        known = [self.median_seconds[model.pk] for model in self.chosen_models if model.pk in self.median_seconds]
        return max(known) if known and len(known) == len(self.chosen_models) else None

    @property
    def estimate_text(self) -> str:
        """≈ $0.17 · 12 s: what sending would cost and how long it usually takes, as far as it is known."""
        parts = [
            "" if self.estimate is None else dollars(self.estimate),
            seconds(rounded(self.seconds)) if self.seconds else "",
        ]
        known = " · ".join(filter(None, parts))
        return f"≈ {known}" if known else ""

    @property
    def most_references(self) -> int:
        """How many references all the chosen models take."""
        return min((model.max_references for model in self.chosen_models), default=0)

    @property
    def references_hint(self) -> str:
        """How many references all the chosen models take; which one takes none."""
        if not self.chosen_models:
            return ""
        model = min(self.chosen_models, key=lambda model: model.max_references)
        if not model.max_references:
            return _("%(model)s takes no reference pictures.") % {"model": model.name}
        most = ngettext(
            "Up to %(number)s reference picture.", "Up to %(number)s reference pictures.", model.max_references
        )
        return most % {"number": model.max_references}

    @property
    def fields(self) -> list[tuple[str, object, object]]:
        """The options that are numbers: name, the form's field, its value."""
        return [(name, ComposerForm.base_fields[name], self.options.get(name, "")) for name in ComposerForm.NUMBERS]

    @property
    def stop(self) -> str:
        """One text a line."""
        said = self.options.get("stop") or ""
        return said if isinstance(said, str) else "\n".join(said)

    @property
    def added(self) -> str:
        """What staff add to the body by hand, as JSON."""
        said = self.options.get(ADDED) or ""
        return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)

    @cached_property
    def lost(self) -> list[str]:
        """What is not there any more of what was chosen here before, and what stands in its place."""
        if self.form:
            return []  # it says so itself
        kept = {model.key for model in self.chosen_models}
        sentences = []
        if gone := names_of_models([key for key in self.chosen if key not in kept]):
            instead = "" if kept & set(self.chosen) else self.models_label
            sentences.append(no_longer_offered([name for key, name in gone], instead))
        if self.missing:
            sentence = ngettext(
                "%(number)s reference picture is no longer there.",
                "%(number)s reference pictures are no longer there.",
                self.missing,
            )
            sentences.append(sentence % {"number": self.missing})
        if self.parent and not self.source:
            sentences.append(_("The picture it was based on is no longer there."))
        if self.visible not in ("", self.visible_to):
            sentences.append(self._other_audience())
        return sentences

    def _other_audience(self) -> str:
        """Why only the person sees it."""
        if archived := archived_gallery(self.viewer, self.visible):
            return _("“%(gallery)s” is archived, so only you will see the pictures.") % {"gallery": archived}
        if self.visible.startswith(GALLERY):
            return _("You can no longer add pictures to the gallery it was for, so only you will see them.")
        return _("You are not in the team it was for, so only you will see it.")

    @property
    def fits(self) -> list[Fit]:
        """What does not fit the chosen models and what becomes of it; first what stops it from being sent."""
        models = self.chosen_models
        stops = [
            Fit(sentence, is_stop=True, leave_out=model.key if len(models) > 1 else "", model=self._name_of(model))
            for model in models
            for sentence in self._stops(model)
        ]
        deaf: dict[tuple[str, ...], list[str]] = {}
        for model in models:
            if labels := tuple(label for name, label in self._options_set() if name not in model.options):
                deaf.setdefault(labels, []).append(model.name)
        ignored = [ignoring(names, list(labels)) for labels, names in deaf.items()]
        size = self.chosen_size
        other = snapped_together(((model, model.nearest(size)) for model in models), size)
        return stops + [Fit(sentence) for sentence in (*ignored, *other)]

    def _stops(self, model: ProviderModel) -> Iterator[str]:
        """Why it cannot be sent to this model."""
        given = len(self.references) if self.given is None else self.given
        if (written := len(self.prompt.strip())) > model.max_prompt:
            yield too_long(model, written)
        if given < model.min_references:
            yield _("%(model)s needs a reference picture.") % {"model": model.name}
        if given > model.max_references:
            yield too_many_references(model, given)

    def _name_of(self, model: ProviderModel) -> str:
        return model.name_at_provider if model.key in self.namesakes else model.name

    def _options_set(self) -> list[tuple[str, str]]:
        """The options that are not left to the model, each with its label."""
        return [(name, label) for name, label in option_labels() if self.options.get(name)]

    @property
    def limits(self) -> dict[str, object]:
        """What the chosen models take, as JSON for the page: `fits` and `hint` are sentences, `isBased` whether it goes
        on from a picture, `estimate` is cost and time, `most` counts references, `sizes` are those that any of them
        takes, `options` says of each option who ignores it and whether all do, and `untaken` names those that all
        ignore."""
        models = self.chosen_models
        deaf = {name: [model.name for model in models if name not in model.options] for name, label in option_labels()}
        useless = [label for name, label in option_labels() if models and len(deaf[name]) == len(models)]
        return {
            "isBased": self.is_based,
            "fits": [fit.shown for fit in self.fits],
            "hint": self.references_hint,
            "estimate": self.estimate_text,
            "most": self.most_references,
            "sizes": sorted({size for model in models for size in model.sizes}),
            "options": {
                name: {"note": ignored_by(names), "isUseless": bool(models) and len(names) == len(models)}
                for name, names in deaf.items()
            },
            "untaken": untaken(models, useless),
        }

    @property
    def limits_json(self) -> str:
        return json.dumps(self.limits, ensure_ascii=False)

    # ── what came back ──

    @property
    def submission(self) -> str:
        """A key for the next sending: another for every rendered form."""
        return new_key()

    @property
    def problems(self) -> list[tuple[str, bool]]:
        """Sentences that say why it was not sent, each with whether it stands among what does not fit already."""
        if self.form is None or not self.form.is_bound:
            return []
        told = {fit.sentence for fit in self.fits if fit.is_stop}
        return [(sentence, sentence in told) for sentence in self.form.sentences()]


def stashed_draft(draft: Draft | None) -> StashedDraft | None:
    """What was stashed, and where it is taken up again."""
    if draft is None or not any(content(draft.stashed)):
        return None
    return StashedDraft(*shown_of(draft.stashed), f"{reverse('studio')}?draft=stashed", may_forget=True)


def shown_of(said: Fields) -> tuple[str, int]:
    """How a draft begins, and how many references it has."""
    words, references = content(said)
    return clipped(words, MAX_DRAFT_EXCERPT), len(references)


def option_labels() -> list[tuple[str, str]]:
    """The options a model may know or not, each with its label within a sentence."""
    named = [(name, ComposerForm.base_fields[name]) for name in ComposerForm.OPTIONS if name != ADDED]
    return [(name, str(field.label or name).lower()) for name, field in named]


def ignored_by(names: list[str]) -> str:
    """Says below an option which models ignore it."""
    if not names:
        return ""
    sentence = ngettext("%(models)s ignores this.", "%(models)s ignore this.", len(names))
    return sentence % {"models": listed(names)}


def ignoring(names: list[str], options: list[str]) -> str:
    """Says above the options which models ignore some of them."""
    sentence = ngettext("%(model)s ignores %(options)s.", "%(model)s ignore %(options)s.", len(names))
    return sentence % {"model": listed(names), "options": listed(options)}


def no_longer_offered(names: list[str], instead: str) -> str:
    """Says that these models are gone, and which is chosen in their place, if one is."""
    if instead:
        sentence = ngettext(
            "%(models)s is no longer offered; %(other)s is chosen instead.",
            "%(models)s are no longer offered; %(other)s is chosen instead.",
            len(names),
        )
    else:
        sentence = ngettext("%(models)s is no longer offered.", "%(models)s are no longer offered.", len(names))
    return sentence % {"models": listed(names), "other": instead}


def untaken(models: list[ProviderModel], options: list[str]) -> str:
    """Names the options that every chosen model ignores."""
    if not options:
        return ""
    if len(models) == 1:
        return _("Not used by %(model)s: %(options)s.") % {"model": models[0].name, "options": listed(options)}
    return _("Not used by these models: %(options)s.") % {"options": listed(options)}


def too_long(model: ProviderModel, written: int) -> str:
    """Says that a prompt has more characters than a model takes."""
    return translated(
        Message(
            "%(model)s takes at most %(max)s characters; this prompt has %(length)s.",
            model=model.name,
            max=model.max_prompt,
            length=written,
        )
    )


def too_many_references(model: ProviderModel, given: int) -> str:
    """Says that a model takes fewer references than there are."""
    if model.max_references:
        return translated(
            PluralMessage(
                "%(model)s takes at most %(number)s reference picture; you added %(given)s.",
                "%(model)s takes at most %(number)s reference pictures; you added %(given)s.",
                model.max_references,
                model=model.name,
                given=given,
            )
        )
    return _("%(model)s cannot use reference pictures. Remove them or choose another model.") % {"model": model.name}


def ratio(size: str) -> float:
    width, height = shape_of(size)
    return width / height


def area(size: str) -> int:
    width, height = shape_of(size)
    return width * height
