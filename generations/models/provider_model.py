"""A model that a provider offers: what it takes, where the size goes in its request, what it costs today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from generations.errors import GenerationError
from generations.models.audit_entry import record
from generations.models.key import new_key, now
from generations.models.notification import Notification
from generations.models.pause import (
    BY_HAND,
    Pausable,
    is_ahead,
    log_pause,
    pause_of,
    pause_sentence_of,
    reason_of,
)
from generations.models.price import Price, amount_for
from generations.models.provider import Provider
from generations.models.sizes import distance, ratio_class, shape_of, terms_of
from generations.models.team import Person, Team
from generations.protocol.request import ChatMessage, Request, image_request
from generations.translatable import Message
from generations.translation import translated

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from generations.models.generation import Generation


ADDED = "added"
"""The option under which staff add body fields by hand."""


class ProviderModelQuerySet(models.QuerySet["ProviderModel"]):
    def open(self) -> ProviderModelQuerySet:
        """Models that may be called now, as far as they are concerned themselves."""
        return self.filter(Q(paused_until=None) | Q(paused_until__lte=now()), hand_paused_at=None)

    def paused(self) -> ProviderModelQuerySet:
        """Models nothing is claimed for now: their own pause, or their provider's."""
        ahead = Q(paused_until__gt=now()) | Q(provider__paused_until__gt=now())
        return self.filter(ahead | Q(hand_paused_at__isnull=False) | Q(provider__hand_paused_at__isnull=False))

    def told_apart(self) -> ProviderModelQuerySet:
        """With `has_namesake`, and their providers."""
        others = ProviderModel.objects.filter(name=OuterRef("name"), is_enabled=True, provider__is_enabled=True)
        return self.select_related("provider").annotate(has_namesake=Exists(others.exclude(pk=OuterRef("pk"))))

    def offered(self) -> ProviderModelQuerySet:
        """Models a person may choose, in the order of the composer."""
        return (
            self.filter(is_enabled=True, provider__is_enabled=True)
            .select_related("provider")
            .order_by("provider__name", "rank", "name")
        )

    def end_pauses(self) -> None:
        """Call these again at once; workers are notified of what waits for them by the next sweep. Two queries."""
        ended: dict[str, Any] = {"paused_until": None, "pause_kind": "", "needs_probe": ~Q(pause_kind="")}
        self.update(**ended)
        generations: Any = self.model._meta.get_field("generations").related_model
        generations.objects.filter(model__in=self.values("pk"), state="queued").update(notify_at=None)

    def priced(self) -> ProviderModelQuerySet:
        """With their prices in force; one query for all of them."""
        return self.prefetch_related(prices_in_force())


def prices_in_force() -> Prefetch:
    """What fetches the prices in force of many models at once."""
    return Prefetch("prices", Price.objects.in_force(), to_attr="prices_now")


class ProviderModel(Pausable):
    """A model that draws, at one provider: what it takes and where the size goes. What it costs are its `prices`."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    provider = models.ForeignKey(Provider, verbose_name=_("provider"), on_delete=models.CASCADE, related_name="models")
    name = models.CharField(_("name"), max_length=120, help_text=_("As in the request."))
    about = models.CharField(_("description"), max_length=200, blank=True)
    rank = models.PositiveIntegerField(pgettext_lazy("position in a list", "order"), default=100)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    teams = models.ManyToManyField(Team, blank=True, related_name="+", help_text=_("Who may use it; empty: everyone."))
    roles = models.CharField(
        max_length=40, blank=True, help_text=_("The roles that may use it, separated by spaces; empty: all.")
    )

    placement = models.CharField(
        _("how size is sent"),
        max_length=120,
        blank=True,
        help_text=_(
            "The request field for the size: size, image_config.aspect_ratio, or prompt: [{ratio}]. Empty: not sent."
        ),
    )
    sizes = models.JSONField(
        _("sizes"), default=list, blank=True, help_text=_('Such as ["1024x1024", "3:2", "2K", "auto"].')
    )
    max_n = models.PositiveIntegerField(
        _("most pictures per call"), default=1, help_text=_("The field n of a request. With 1 the field is not sent.")
    )
    max_references = models.PositiveIntegerField(_("most reference pictures"), default=0)
    min_references = models.PositiveIntegerField(_("fewest reference pictures"), default=0)
    max_reference_side = models.PositiveIntegerField(
        _("longest side of a reference"), default=0, help_text=_("Pixels; larger pictures are sent smaller. 0: any.")
    )
    must_stream = models.BooleanField(_("streams its answers"), default=True)
    max_prompt = models.PositiveIntegerField(_("longest prompt"), default=32_000, help_text=_("Characters."))
    options = models.JSONField(
        _("options"),
        default=list,
        blank=True,
        help_text=_('Request fields that the model supports, such as ["seed", "temperature"].'),
    )
    extra = models.JSONField(
        _("extra request fields"), default=dict, blank=True, help_text=_("Sent unchanged with every request.")
    )

    objects = ProviderModelQuerySet.as_manager()

    generations: RelatedManager[Generation]
    prices: RelatedManager[Price]

    has_namesake: bool = False
    """Whether another model that can be chosen has its name; set by `told_apart`."""

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        ordering = ["rank", "name"]
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="one_model_a_provider")]

    def __str__(self) -> str:
        return self.name

    @property
    def name_at_provider(self) -> str:
        """How it is told from a model of the same name elsewhere: gpt-image-1 (Gateway)."""
        return f"{self.name} ({self.provider.name})"

    @property
    def told_name(self) -> str:
        """Its name, with its provider's where another that can be chosen has the same."""
        return self.name_at_provider if self.has_namesake else self.name

    @property
    def shown_about(self) -> str:
        """What is said of it, in the active language where the catalogue says it."""
        return translated(self.about)

    # ── what it costs today ──

    @cached_property
    def prices_now(self) -> list[Price]:
        """Its prices in force; `priced` fetches them for many models at once."""
        return list(Price.objects.filter(model=self).in_force())

    @property
    def price(self) -> Decimal | None:
        """US dollars a picture of any size and quality; None while that is not known."""
        return amount_for(self.prices_now, "", "")

    def price_for(self, size: str, options: Mapping[str, object]) -> Decimal | None:
        """US dollars a picture of a size it takes, asked for with these options; None while that is not known."""
        quality = {**dict(self.extra or {}), **self.honoured(options)}.get("quality")
        return amount_for(self.prices_now, size, quality if isinstance(quality, str) else "")

    # ── pauses of this model alone ──

    @property
    def is_paused(self) -> bool:
        """Whether nothing is sent to it for now, by its own pause or its provider's."""
        return self.is_paused_by_hand or is_ahead(self.paused_until) or self.provider.is_paused

    @property
    def paused_to(self) -> datetime | None:
        """When the later of the two ends; None where one was set by hand, which nobody can tell."""
        if self.is_paused_by_hand or self.provider.is_paused_by_hand:
            return None
        ends = [end for end in (self.paused_until, self.provider.paused_until) if end is not None]
        return max(ends, default=None)

    @property
    def paused_for(self) -> str:
        """The kind of the pause that holds now, its provider's before its own; "" when it is called."""
        if self.provider.is_paused:
            return self.provider.paused_for
        if self.is_paused_by_hand:
            return BY_HAND
        return self.pause_kind if is_ahead(self.paused_until) else ""

    @property
    def pause_sentence(self) -> str:
        """Why nothing is sent to it for now, in the active language; "" when it is called."""
        if not self.is_paused:
            return ""
        if self.provider.is_paused:
            return self.provider.pause_sentence
        return self.hand_pause_sentence if self.is_paused_by_hand else pause_sentence_of(self.name, self.paused_for)

    def pause(self, error: GenerationError, *, seconds: float, probe: bool = False) -> None:
        """As `Provider.pause`, for this model alone."""
        with transaction.atomic():
            known = ProviderModel.objects.select_for_update(of=("self",)).filter(pk=self.pk)
            is_news = probe and not self.provider.is_sandbox and "" in known.values_list("pause_kind", flat=True)
            self._change(**pause_of(error, seconds, probe, is_sandbox=self.provider.is_sandbox))
            log_pause(error, seconds, provider=self.provider.key, model=self.pk)
            if is_news:
                reason = Message("%(model)s: %(reason)s", model=self.name, reason=Message(reason_of(error.kind)))
                Notification.tell(Person.objects.all(), "model_paused", provider=self.provider, detail=reason)

    @transaction.atomic
    def resume(self) -> None:
        """Call it again at once: an administrator says so."""
        type(self).objects.filter(pk=self.pk).end_pauses()
        if not ProviderModel.objects.filter(pk=self.pk, hand_paused_at__isnull=False).exists():
            record("resumed_model", self)

    def answered(self) -> None:
        """A call reached it and was served, so nothing stands in the way, of it and of its provider; unless another
        call was told otherwise since this row was read."""
        if self.needs_probe or self.pause_kind:
            as_read = type(self).objects.filter(pk=self.pk, paused_until=self.paused_until)
            as_read.update(paused_until=None, needs_probe=False, pause_kind="")
        self.provider.answered()

    def take_capabilities(self, found: Mapping[str, object] | None) -> None:
        """Take over what models of its family take, where nothing else was chosen; not saved yet."""
        untouched = ProviderModel()
        for name, value in (found or {}).items():
            if name != "price" and getattr(self, name) == getattr(untouched, name):
                setattr(self, name, value)

    def ratio_of(self, size: str) -> str:
        """The class of a frame that waits for a picture of this size."""
        return ratio_class(*shape_of(size))

    def nearest(self, size: str) -> str:
        """The size it is asked for when a person wants this one: the nearest by shape, then by area, of those it takes.

        Empty when it takes none, or when nothing can be compared: then the model chooses."""
        if not self.sizes or not size or size in self.sizes:
            return size if self.sizes else ""
        wanted, taken = terms_of(size), [(each, terms_of(each)) for each in self.sizes]
        near = [(distance(wanted, terms), each) for each, terms in taken if wanted and terms]
        return min(near)[1] if near else ""

    def honoured(self, options: Mapping[str, object], place: int = 1) -> dict[str, object]:
        """Those of the options it takes, and what staff added by hand.

        A seed counts up over a model's calls, or all its pictures would be the same one."""
        taken = {name: value for name, value in options.items() if name in self.options}
        if isinstance(seed := taken.get("seed"), int):
            taken["seed"] = seed + place - 1
        added = options.get(ADDED)
        return {**taken, **added} if isinstance(added, dict) else taken

    def request_for(
        self,
        prompt: str,
        *,
        references: Sequence[str] = (),
        history: Sequence[ChatMessage] = (),
        n: int = 1,
        size: str = "",
        options: Mapping[str, object],
        place: int = 1,
    ) -> Request:
        """What is sent to it for `n` pictures, as its `place`-th call of a batch. Raises InvalidRequest.

        `references` are addresses or data URIs."""
        extra = self.extra
        if self.must_stream and self.provider.asks_for_usage:
            extra = {"stream_options": {"include_usage": True}, **extra}
        return image_request(
            self.name,
            prompt,
            references=references,
            history=history,
            n=n if self.max_n > 1 else None,
            size=size or None,
            placement=self.placement or None,
            stream=self.must_stream,
            options=self.honoured(options, place),
            extra=extra,
        )
