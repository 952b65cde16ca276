"""What generations cost together, as pages say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext

from generations.models import Generation, Image
from generations.models.price import dollars


@dataclass(frozen=True)
class Cost:
    """The known part in US dollars, and whether another part is not known. Every amount but nothing is approximate: the
    bill is the provider's."""

    known: Decimal
    is_open: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether nothing can be said."""
        return self.is_open and not self.known

    def __str__(self) -> str:
        if self.is_unknown:
            return gettext("Cost unknown")
        if self.is_open:
            return gettext("At least %(amount)s") % {"amount": dollars(self.known)}
        return gettext("≈ %(amount)s") % {"amount": dollars(self.known)} if self.known else dollars(self.known)


def cost_of_all(generations: Iterable[Generation]) -> Cost:
    """Of those that are over what they cost, of the others what all their pictures will."""
    parts = [generation.cost if generation.is_final else estimate_of(generation) for generation in generations]
    return Cost(sum((part for part in parts if part is not None), Decimal()), None in parts)


def estimate_of(generation: Generation) -> Decimal | None:
    return None if generation.price is None else generation.price * generation.n


def price_text(image: Image) -> str:
    """What one picture cost; "–" for an uploaded one."""
    if image.generation is None:
        return "–"
    return gettext("Unknown") if image.generation.price is None else dollars(image.generation.price)
