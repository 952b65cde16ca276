"""What the chosen models make of what stands in the composer: what they do not take, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.forms.composer import ComposerForm
from generations.models import ProviderModel
from generations.models.provider_model import ADDED
from generations.presenters.formatting import snapped_together
from generations.submit import too_many_references
from generations.translatable import Message
from generations.translation import listed, translated


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
class Fits:
    """The chosen models, of which `names` says what each is called, against a prompt of `written` characters, `given`
    references, the options that are set and a size."""

    models: list[ProviderModel]
    names: Mapping[str, str]
    written: int
    given: int
    options: Mapping[str, Any]
    size: str

    @property
    def sentences(self) -> list[Fit]:
        """What does not fit the chosen models and what becomes of it; first what stops it from being sent."""
        models = self.models
        stops = [
            Fit(sentence, is_stop=True, leave_out=model.key if len(models) > 1 else "", model=self.names[model.key])
            for model in models
            for sentence in self._stops(model)
        ]
        deaf: dict[tuple[str, ...], list[str]] = {}
        for model in models:
            if labels := tuple(label for name, label in self._options_set() if name not in model.options):
                deaf.setdefault(labels, []).append(model.name)
        ignored = [ignoring(names, list(labels)) for labels, names in deaf.items()]
        other = snapped_together(((model, model.nearest(self.size)) for model in models), self.size)
        return stops + [Fit(sentence) for sentence in (*ignored, *other)]

    def _stops(self, model: ProviderModel) -> Iterator[str]:
        """Why it cannot be sent to this model."""
        if self.written > model.max_prompt:
            yield too_long(model, self.written)
        if self.given < model.min_references:
            yield _("%(model)s needs a reference picture.") % {"model": model.name}
        if self.given > model.max_references:
            yield translated(too_many_references(model, self.given))

    def _options_set(self) -> list[tuple[str, str]]:
        """The options that are not left to the model, each with its label."""
        return [(name, label) for name, label in option_labels() if self.options.get(name)]

    @property
    def most_references(self) -> int:
        """How many references all the chosen models take."""
        return min((model.max_references for model in self.models), default=0)

    @property
    def hint(self) -> str:
        """How many references all the chosen models take; which one takes none."""
        if not self.models:
            return ""
        model = min(self.models, key=lambda model: model.max_references)
        if not model.max_references:
            return _("%(model)s takes no reference pictures.") % {"model": model.name}
        most = ngettext(
            "Up to %(number)s reference picture.", "Up to %(number)s reference pictures.", model.max_references
        )
        return most % {"number": model.max_references}

    @property
    def limits(self) -> dict[str, object]:
        """As JSON for the page: `fits` and `hint` are sentences, `most` counts references, `sizes` are those that any
        model takes, `options` says of each option who ignores it and whether all do, and `untaken` names those that
        all ignore."""
        models = self.models
        deaf = {name: [model.name for model in models if name not in model.options] for name, label in option_labels()}
        useless = [label for name, label in option_labels() if models and len(deaf[name]) == len(models)]
        return {
            "fits": [fit.shown for fit in self.sentences],
            "hint": self.hint,
            "most": self.most_references,
            "sizes": sorted({size for model in models for size in model.sizes}),
            "options": {
                name: {"note": ignored_by(names), "isUseless": bool(models) and len(names) == len(models)}
                for name, names in deaf.items()
            },
            "untaken": untaken(models, useless),
        }


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
