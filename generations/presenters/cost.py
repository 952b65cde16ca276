"""What generations cost together, as pages say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext, gettext_noop, pgettext

from generations.models import Generation, Image
from generations.models.cost import FREE
from generations.models.price import dollars

CHARGED = {
    "no": gettext_noop("Nothing has been charged."),
    "maybe": gettext_noop("It may have been charged."),
    "yes": gettext_noop("The provider charged for it."),
}


@dataclass(frozen=True)
class Cost:
    """The known part in US dollars, and whether another part is not known. Every amount but nothing is approximate: the
    bill is the provider's."""

    known: Decimal
    is_open: bool = False
    is_free: bool = False
    """Whether the models ask nothing for a picture."""

    @property
    def is_unknown(self) -> bool:
        """Whether nothing can be said."""
        return self.is_open and not self.known

    def __str__(self) -> str:
        if self.is_free:
            return free()
        if self.is_unknown:
            return gettext("Cost unknown")
        if self.is_open:
            return gettext("At least %(amount)s") % {"amount": dollars(self.known)}
        return gettext("≈ %(amount)s") % {"amount": dollars(self.known)} if self.known else dollars(self.known)


def cost_of_all(generations: Iterable[Generation]) -> Cost:
    """Of those that are over what they cost, of the others what all their pictures will."""
    rows = list(generations)
    parts = [generation.cost if generation.is_final else estimate_of(generation) for generation in rows]
    is_free = bool(rows) and all(generation.price == FREE for generation in rows)
    return Cost(sum((part for part in parts if part is not None), Decimal()), None in parts, is_free)


def free() -> str:
    """What a model's pictures cost that asks nothing for them."""
    return pgettext("of charge", "Free")


def estimate_of(generation: Generation) -> Decimal | None:
    return None if generation.price is None else generation.price * generation.n


def price_text(image: Image) -> str:
    """What one picture cost; "–" for an uploaded one."""
    if image.generation is None:
        return "–"
    price = image.generation.price
    return gettext("Unknown") if price is None else dollars(price) if price else free()


def charged_text(generation: Generation, maybe: str = "") -> str:
    """Whether the provider charged for it; "maybe" where that is not known, "" where its pictures are free."""
    if generation.price == FREE:
        return ""
    return (generation.charged == "maybe" and maybe) or gettext(CHARGED.get(generation.charged, CHARGED["maybe"]))
