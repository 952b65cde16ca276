"""The composer as it is shown: what can be chosen, what is chosen, and what stood in it when it came back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import rights
from generations.forms.composer import (
    COUNTS,
    GALLERY,
    PRIVATE,
    ComposerForm,
    archived_gallery,
    gallery_to_fill,
)
from generations.imaging.decode import MAX_PIXELS
from generations.models import Batch, Gallery, Image, ProviderModel, Team
from generations.models.batch import MAX_COUNT
from generations.models.difference import is_another
from generations.models.draft import Fields
from generations.models.key import address, new_key
from generations.models.price import dollars
from generations.models.provider_model import ADDED
from generations.models.sizes import ratio_class, shape_of
from generations.presenters.audience import Audiences
from generations.presenters.fits import Fits
from generations.presenters.formatting import names_apart, rounded, seconds, show_size
from generations.presenters.shapes import Size, shapes_of
from generations.queries.composer import (
    image_if_read,
    models_to_offer,
    names_of_models,
)
from generations.queries.strips import median_seconds
from generations.text import number_in
from generations.translation import listed
from generations.viewer import Viewer


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
            self.read({name: self.form.data.getlist(name) for name in self.form.data})

    def read(self, said: Fields) -> None:
        """Show these fields, whatever is in them."""
        first = {name: values[0] for name, values in said.items() if values}
        self.prompt, self.chosen = first.get("prompt", ""), tuple(said.get("model", ()))
        self.n = first.get("other_n", "") or first.get("n", "")
        self.size, self.visible = first.get("size", ""), first.get("visible", "")
        self.options = {name: first.get(name, "") for name in ComposerForm.OPTIONS}
        self.parent, self.derivation = first.get("parent", ""), first.get("derivation", "")
        self.base_client_id = first.get("base_client_id", "")

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
    def providers(self) -> list[tuple[str, list[tuple[ProviderModel, str]]]]:
        """Models under their provider's name, each with a name that no other has."""
        groups = groupby(self.models, key=lambda model: model.provider.name)
        return [(name, [(model, self.names[model.pk]) for model in group]) for name, group in groups]

    @cached_property
    def chosen_models(self) -> list[ProviderModel]:
        """The chosen models that are still offered, else the first; none at all only where a page says so."""
        chosen = [model for model in self.models if model.key in self.chosen]
        return chosen or ([] if self.given is not None else self.models[:1])

    @property
    def chosen_keys(self) -> set[str]:
        return {model.key for model in self.chosen_models}

    @cached_property
    def names(self) -> dict[int, str]:
        """The name of each model on offer, by its number."""
        return names_apart(self.models)

    @property
    def models_label(self) -> str:
        """gpt-image-1, or gpt-image-1, flux +2."""
        names = [self.names[model.pk] for model in self.chosen_models]
        return ", ".join(names) if len(names) <= 2 else f"{names[0]}, {names[1]} +{len(names) - 2}"

    @property
    def shapes(self) -> list[tuple[str, list[Size]]]:
        return shapes_of(self.models, self.chosen_size)

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
        return number if (number := number_in(self.n, 3) or 1) <= MAX_COUNT else 1

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
        """≈ $0.17 · 12 s: what sending would cost, if anything, and how long it usually takes, as far as is known."""
        parts = [
            dollars(self.estimate) if self.estimate else "",
            seconds(rounded(self.seconds)) if self.seconds else "",
        ]
        known = " · ".join(filter(None, parts))
        return f"≈ {known}" if known else ""

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

    @cached_property
    def fits(self) -> Fits:
        """What the chosen models make of it."""
        return Fits(
            self.chosen_models,
            {model.key: self.names[model.pk] for model in self.chosen_models},
            written=len(self.prompt.strip()),
            given=len(self.references) if self.given is None else self.given,
            options=self.options,
            size=self.chosen_size,
        )

    @property
    def limits(self) -> dict[str, object]:
        """What the chosen models take, as JSON for the page, with `isBased`, whether it goes on from a picture, and
        `estimate`, cost and time."""
        return self.fits.limits | {"isBased": self.is_based, "estimate": self.estimate_text}

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
        told = {fit.sentence for fit in self.fits.sentences if fit.is_stop}
        return [(sentence, sentence in told) for sentence in self.form.sentences()]


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
