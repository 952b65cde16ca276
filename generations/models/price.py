"""What a model costs: a row for each price, with the moment from which it holds and who entered it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from generations.models.fact import Fact
from generations.models.key import now
from generations.models.team import Person
from generations.translation import listed, number_text

if TYPE_CHECKING:
    from generations.models.provider_model import ProviderModel


class PriceQuerySet(models.QuerySet["Price"]):
    def in_force(self) -> PriceQuerySet:
        """Prices that hold now: for each model, size and quality the one that began last."""
        begun = Q(starts_at__lte=now())
        same = {name: OuterRef(name) for name in ("model", "size", "quality")}
        after = Q(starts_at__gt=OuterRef("starts_at")) | Q(starts_at=OuterRef("starts_at"), pk__gt=OuterRef("pk"))
        return self.filter(begun, ~Exists(Price.objects.filter(begun, after, **same)))


class Price(Fact):
    """US dollars a picture of one model, from `starts_at` until another row for the same size and quality begins.

    An empty size or quality stands for any. An empty amount says that the price is not known from then on."""

    model: models.ForeignKey[ProviderModel, ProviderModel] = models.ForeignKey(
        "generations.ProviderModel",
        verbose_name=_("model"),
        on_delete=models.CASCADE,
        related_name="prices",
        db_index=False,
    )
    starts_at = models.DateTimeField(_("holds from"), default=timezone.now)
    size = models.CharField(_("size"), max_length=40, blank=True, help_text=_("As in the model’s sizes; empty: any."))
    quality = models.CharField(_("quality"), max_length=40, blank=True, help_text=_("As in the request; empty: any."))
    amount = models.DecimalField(
        _("amount"),
        max_digits=9,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal())],
        help_text=_("US dollars per picture; empty: not known."),
    )
    entered_by = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: from the catalogue or a command."),
    )

    objects = PriceQuerySet.as_manager()

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["-starts_at", "-pk"]
        indexes = [models.Index(fields=["model", "size", "quality", "starts_at"], name="price_in_force")]

    def __str__(self) -> str:
        return gettext("%(amount)s for %(kind)s, from %(day)s") % {
            "amount": gettext("unknown") if self.amount is None else dollars(self.amount),
            "kind": listed(filter(None, (self.size, self.quality))) or gettext("any size and quality"),
            "day": date_format(self.starts_at, "DATE_FORMAT"),
        }


def amount_for(prices: Iterable[Price], size: str, quality: str) -> Decimal | None:
    """US dollars a picture of this size and quality by these prices in force: by the one that says most about it, a
    size before a quality. None when it is not known."""
    fitting = [price for price in prices if price.size in ("", size) and price.quality in ("", quality)]
    closest = max(fitting, key=lambda price: (bool(price.size) + bool(price.quality), bool(price.size)), default=None)
    return closest.amount if closest else None


def dollars(amount: Decimal) -> str:
    """A price as people read it, in the active language: $0.17; three places below ten cents, where they matter,
    and the first that is not zero of what is less."""
    places = 3 if amount < Decimal("0.1") and amount != amount.quantize(Decimal("0.01")) else 2
    if 0 < amount < Decimal("0.001"):
        places = -amount.adjusted()
    shown = number_text(f"{amount:.{places}f}")
    return pgettext("US dollars", "$%(amount)s") % {"amount": shown}
