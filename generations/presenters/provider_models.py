"""The models of a provider: those that can be offered, each in a row, and the page of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.models import Membership, Price, ProviderModel
from generations.models.key import address
from generations.models.price import dollars
from generations.queries.providers import prices_of
from generations.translation import listed, translated
from generations.viewer import Viewer


@dataclass(frozen=True)
class OfferRow:
    """A model that can be offered, or is: what it takes and costs."""

    name: str
    about: str = ""
    sizes: str = ""
    references: str = ""
    price: str = ""
    is_offered: bool = False
    state: str = ""
    tone: str = "done"
    model: ProviderModel | None = None
    extra: str = ""

    @property
    def page(self) -> str:
        return address("provider_model", self.model.key) if self.model else ""


def row_of(
    name: str,
    about: Mapping[str, Any],
    model: ProviderModel | None = None,
    *,
    is_offered: bool,
    state: str,
    tone: str = "done",
    price: Decimal | None = None,
) -> OfferRow:
    most = about.get("max_references", 0)
    return OfferRow(
        name=name,
        about=translated(about.get("about", "")),
        sizes=sizes_said(about.get("sizes", [])),
        references=_("none") if not most else _("up to %(number)s") % {"number": most},
        price="" if price is None else f"{price.normalize():f}",
        is_offered=is_offered,
        state=state,
        tone=tone,
        model=model,
        extra=audience_said(model) if model else "",
    )


def sizes_said(sizes: Sequence[str]) -> str:
    """3 sizes; none."""
    if not sizes:
        return _("chooses itself")
    return ngettext("%(number)s size", "%(number)s sizes", len(sizes)) % {"number": len(sizes)}


def audience_said(model: ProviderModel) -> str:
    """Who may use it; "" for everyone."""
    roles = dict(Membership.Role.choices)
    names = [team.name for team in model.teams.all()] + [str(roles.get(role, role)) for role in model.roles.split()]
    return listed(names)


def price_said(row: OfferRow) -> str:
    if not row.price:
        return _("%(model)s, price unknown") % {"model": row.name}
    return _("%(model)s, about %(price)s") % {"model": row.name, "price": dollars(Decimal(row.price))}


class ModelSheet:
    """One model with all it cost and will cost."""

    def __init__(self, viewer: Viewer, model: ProviderModel) -> None:
        self.viewer = viewer
        self.model = model

    @cached_property
    def prices(self) -> list[Price]:
        return prices_of(self.model)

    @property
    def price_now(self) -> str:
        return dollars(self.model.price) if self.model.price is not None else _("unknown")
