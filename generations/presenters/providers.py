"""Providers as the set-up page and their own pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from generations.errors import BY_KIND
from generations.models import Attempt, Generation, Person, Provider, ProviderModel
from generations.models.connection_check import ConnectionCheck
from generations.models.families import capabilities_of
from generations.presenters.connection_check import OUTCOMES, Report
from generations.presenters.cost import CHARGED
from generations.presenters.drawing import Drawing
from generations.presenters.provider_models import OfferRow, price_said, row_of
from generations.queries.providers import (
    Calls,
    all_providers,
    calls_of,
    drawing_of,
    failures_of,
    models_of,
    successes_of,
)
from generations.translation import listed, translated
from generations.viewer import Viewer

MAX_OTHERS = 300


class ProviderSheet:
    """A provider: its state, what a check found, its models, the test picture, what came of it lately."""

    def __init__(self, viewer: Viewer, provider: Provider) -> None:
        self.viewer = viewer
        self.provider = provider

    @cached_property
    def report(self) -> Report | None:
        check = ConnectionCheck.read(self.provider.last_check)
        return Report(check, self.provider) if check and check.outcome in OUTCOMES else None

    @cached_property
    def checked_by(self) -> Person | None:
        return Person.objects.filter(pk=self.report.check.by).first() if self.report and self.report.check.by else None

    @cached_property
    def models(self) -> list[ProviderModel]:
        return models_of(self.provider)

    @cached_property
    def listed_names(self) -> tuple[str, ...]:
        """What the endpoint listed when it was last asked, the sandbox its catalogue."""
        if self.report and self.report.works:
            return self.report.check.names
        return tuple(self.provider.other_models)

    @cached_property
    def rows(self) -> list[OfferRow]:
        """Its models, then what it lists that is known to draw and is not among them; these are ticked the first
        time."""
        has_list = bool(self.report and self.report.works)
        there = set(self.listed_names)
        rows = []
        for model in self.models:
            is_gone = has_list and model.name not in there
            state = _("No longer listed") if is_gone else _("Offered") if model.is_enabled else _("Switched off")
            about = {"about": model.about, "sizes": model.sizes, "max_references": model.max_references}
            tone = "stop" if is_gone else "ok" if model.is_enabled else "off"
            rows.append(
                row_of(model.name, about, model, is_offered=model.is_enabled, state=state, tone=tone, price=model.price)
            )
        return rows + self.new_rows

    @cached_property
    def new_rows(self) -> list[OfferRow]:
        """What it lists that is known to draw, and that is not among its models."""
        have = {model.name for model in self.models}
        is_first = have <= ({self.drawing.generation.model.name} if self.drawing else set())
        rows = []
        for name in self.listed_names:
            if name not in have and (about := capabilities_of(name)) is not None:
                price = Decimal(about["price"]) if "price" in about else None
                state = _("Known") if is_first else _("New")
                rows.append(row_of(name, about, is_offered=is_first, state=state, price=price))
        return rows

    @cached_property
    def gone(self) -> list[str]:
        """Its models that the endpoint does not list any more."""
        there = set(self.listed_names)
        return [model.name for model in self.models if there and model.name not in there]

    @cached_property
    def others(self) -> list[str]:
        """What it lists of no known family."""
        have = {model.name for model in self.models}
        return [name for name in self.listed_names if name not in have and capabilities_of(name) is None]

    @property
    def others_shown(self) -> list[str]:
        return self.others[:MAX_OTHERS]

    @property
    def others_hidden(self) -> int:
        return max(0, len(self.others) - MAX_OTHERS)

    @property
    def to_draw(self) -> list[tuple[str, str]]:
        """The models a test picture can be drawn with, each with what that costs."""
        fits = [row for row in self.rows if row.model is None or not row.model.min_references]
        fits.sort(key=lambda row: (not row.is_offered, Decimal(row.price or 1000)))
        said = [(row.name, price_said(row)) for row in fits]
        return said + [(name, _("%(model)s, price unknown") % {"model": name}) for name in self.others_shown]

    @cached_property
    def drawing(self) -> Drawing | None:
        generation = drawing_of(self.provider)
        return Drawing(self.viewer, generation, self.provider) if generation else None

    @cached_property
    def failures(self) -> list[Failure]:
        return [Failure(attempt) for attempt in failures_of(self.provider)]

    @cached_property
    def successes(self) -> list[Generation]:
        return successes_of(self.provider)

    @cached_property
    def calls(self) -> Calls:
        return calls_of(self.provider)

    @property
    def state(self) -> tuple[str, str]:
        """A tag: its tone and its word."""
        return state_of(self.provider)

    @property
    def pause(self) -> str:
        """Why nothing is sent to it, and what to do; "" while it is called."""
        return self.provider.pause_sentence

    @property
    def header_names(self) -> str:
        """The names of its further headers; never their values."""
        try:
            return listed(self.provider.headers)
        except ValueError:
            return ""

    @property
    def proxy_host(self) -> str:
        try:
            return urlsplit(self.provider.proxy).netloc.rpartition("@")[2]
        except ValueError:
            return ""

    @cached_property
    def all(self) -> list[tuple[Provider, str, str]]:
        """Every provider, with its tag."""
        return [(provider, *state_of(provider)) for provider in all_providers()]


def state_of(provider: Provider) -> tuple[str, str]:
    """A provider's tag: its tone and its word."""
    if not provider.is_enabled:
        return "off", _("Off")
    if provider.is_paused:
        return "lamp", _("Paused")
    check = ConnectionCheck.read(provider.last_check)
    if check and not check.has_list:
        return "stop", _("Does not work")
    return "ok", _("On")


@dataclass(frozen=True)
class Failure:
    """A call that failed, in one line."""

    attempt: Attempt

    @property
    def title(self) -> str:
        error = BY_KIND.get(self.attempt.kind)
        return translated(error.title) if error else self.attempt.kind

    @property
    def charged(self) -> str:
        return translated(CHARGED.get(self.attempt.charged, ""))
