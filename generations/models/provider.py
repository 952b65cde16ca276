"""An OpenAI-compatible endpoint: its address, sealed key, limits and timeouts, and the pauses of one that refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.client import Client, Timeouts
from generations.errors import GenerationError, NotConnected
from generations.models.audit_entry import record
from generations.models.key import new_key, now
from generations.models.notification import Notification
from generations.models.pause import BY_HAND, Pausable, is_ahead, log_pause, pause_of, pause_sentence_of, reason_of
from generations.models.provider_secrets import SealedSecrets
from generations.models.team import Person
from generations.sandbox.app import Sandbox
from generations.translatable import Message
from generations.wire import is_public_host

SANDBOX_URL = "http://sandbox.local/v1"
PICTURE_HOST = re.compile(r"(?:[\w.-]{1,253}|\[[\da-fA-F:.]{2,45}\])(?::\d{1,5})?")


class ProviderQuerySet(models.QuerySet["Provider"]):
    def open(self) -> ProviderQuerySet:
        """Providers that may be called now."""
        ended = Q(paused_until=None) | Q(paused_until__lte=now())
        return self.filter(ended, is_enabled=True, hand_paused_at=None)

    def paused(self) -> ProviderQuerySet:
        """Providers nothing is claimed for now, though they are enabled."""
        return self.filter(Q(paused_until__gt=now()) | Q(hand_paused_at__isnull=False))


class Provider(SealedSecrets, Pausable):
    """An OpenAI-compatible endpoint: where, with which key, how patiently and how much at once."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    base_url = models.CharField(
        _("address"), max_length=500, help_text=_("Ends in /v1, such as https://gateway.example/v1.")
    )
    query = models.CharField(
        _("query parameters"),
        max_length=500,
        blank=True,
        help_text=_("Sent behind every address, such as api-version=2025-01-01. A key belongs into a header."),
    )
    is_enabled = models.BooleanField(_("enabled"), default=True)

    is_from_environment = models.BooleanField(
        default=False,
        editable=False,
        help_text=_("Whether it is the endpoint of OPENAI_BASE_URL, whose address it has."),
    )

    running_limit = models.PositiveIntegerField(_("calls at the same time"), default=16)
    minute_limit = models.PositiveIntegerField(_("calls per minute"), default=0, help_text=_("0 means no limit."))
    connect_timeout = models.PositiveIntegerField(_("timeout to connect"), default=5, help_text=_("Seconds."))
    write_timeout = models.PositiveIntegerField(_("timeout to send"), default=30, help_text=_("Seconds."))
    idle_timeout = models.PositiveIntegerField(
        _("timeout without data"), default=120, help_text=_("Seconds without a byte.")
    )
    total_timeout = models.PositiveIntegerField(
        _("timeout of the whole call"), default=600, help_text=_("Seconds for the whole call.")
    )
    retry_unclear = models.PositiveIntegerField(
        _("retries when charge is uncertain"),
        default=0,
        help_text=_(
            "How often a call that may have been charged is retried automatically, 0 to 2. 0 never pays twice."
        ),
    )
    is_private = models.BooleanField(
        _("is private"),
        null=True,
        editable=False,
        help_text=_("Whether the host was in a private network when the address was saved; empty: not looked up yet."),
    )
    sends_idempotency_key = models.BooleanField(
        _("sends an idempotency key"),
        default=False,
        help_text=_("Send Idempotency-Key, the same for every attempt of a generation."),
    )

    asks_for_usage = models.BooleanField(
        _("asks for token counts"),
        default=False,
        help_text=_("Send stream_options.include_usage with streamed requests."),
    )
    request_limit = models.PositiveIntegerField(
        _("largest request"), default=0, help_text=_("Megabytes with all reference pictures; 0 means no limit.")
    )
    compresses = models.BooleanField(
        _("sends requests with gzip"), default=False, help_text=_("Only where the provider says that it takes it.")
    )
    last_check = models.JSONField(null=True, editable=False, help_text=_("As ConnectionCheck says it."))
    drawing = models.ForeignKey(
        "generations.Batch",
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The batch of the last test picture."),
    )
    picture_hosts = models.CharField(
        _("picture hosts"),
        max_length=500,
        blank=True,
        help_text=_(
            "More hosts where the provider’s pictures lie and that may be in a private network, "
            "such as 10.0.0.5:8000. Separate them with spaces."
        ),
    )

    other_models = models.JSONField(
        _("other names"),
        default=list,
        blank=True,
        editable=False,
        help_text=_("Names the endpoint lists that are no known image models. Add those that draw by hand."),
    )
    not_connected_count = models.PositiveIntegerField(default=0, editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_from_environment"], condition=Q(is_from_environment=True), name="one_from_environment"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.retry_unclear > 2:
            raise ValidationError({"retry_unclear": gettext("Choose 0, 1 or 2.")})
        if not all(PICTURE_HOST.fullmatch(host) for host in self.picture_hosts.split()):
            raise ValidationError(
                {"picture_hosts": gettext("Enter hosts with or without a port, such as 10.0.0.5:8000.")}
            )

    @property
    def is_sandbox(self) -> bool:
        """Whether this is the provider that draws in our own process."""
        return self.base_url == SANDBOX_URL

    @property
    def host(self) -> str:
        """host:port, where pictures are fetched even from a private address."""
        parts = urlsplit(self.base_url)
        return parts.netloc if parts.port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Other hosts where its pictures are fetched, wherever they lie: an administrator named them."""
        return frozenset(self.picture_hosts.split())

    def may_be_private(self) -> bool:
        """Whether its own host is called, and pictures fetched from it, although that is a private address: only where
        it was one when the address was saved or tested, or who runs a public gateway could reach a machine of ours by
        pointing its name inside. A name without a dot is nobody's but ours, and an address is no name: they may be
        looked up later."""
        host = urlsplit(self.base_url).hostname or ""
        if self.is_private is None and ("." not in host or host.replace(".", "").isdecimal()):
            self.settle_private()
        return bool(self.is_private)

    def settle_private(self) -> None:
        """See where its host lies, where that was not known when its address was saved."""
        if self.is_private is None:
            self.look_up()
            self._change(is_private=self.is_private)

    def look_up(self) -> None:
        """See where its host lies now, if its name is known; not saved yet."""
        is_public = is_public_host(urlsplit(self.base_url).hostname or "")
        self.is_private = None if is_public is None else not is_public

    @property
    def call_url(self) -> str:
        """Its address with the parameters that every call has."""
        return f"{self.base_url}?{self.query}" if self.query else self.base_url

    def client(self, base_url: str = "") -> Client:
        """A client that calls this provider under its own deadlines; at another address of its host, if one is
        given."""
        return Client(
            f"{base_url}?{self.query}" if base_url and self.query else base_url or self.call_url,
            self.secret,
            headers=self.headers,
            proxy=self.proxy,
            max_request=self.request_limit * 2**20,
            compresses=self.compresses,
            timeouts=Timeouts(
                connect=self.connect_timeout, write=self.write_timeout, idle=self.idle_timeout, total=self.total_timeout
            ),
            max_body=settings.MAX_ANSWER_BYTES,
            app=self.app,
            private_ok=self.is_sandbox or self.may_be_private(),
        )

    @property
    def app(self) -> Sandbox | None:
        """The WSGI application that answers in place of a network, if this is the sandbox."""
        return sandbox() if self.is_sandbox else None

    # ── pauses: a provider that cannot serve stops everybody's calls, not each of them ──

    def pause(self, error: GenerationError, *, seconds: float, probe: bool = False) -> None:
        """Nothing is claimed for it for so long, an hour at most; with `probe`, and after an hour, one call goes first.

        The sandbox is paused for seconds only: a mark in anybody's prompt makes it refuse, and that is over with the
        call. Staff are told of a pause that begins and that a probe has to end, for waiting alone ends the others."""
        with transaction.atomic():
            known = Provider.objects.select_for_update().filter(pk=self.pk)
            is_news = probe and not self.is_sandbox and "" in known.values_list("pause_kind", flat=True)
            self._change(**pause_of(error, seconds, probe, is_sandbox=self.is_sandbox), not_connected_count=0)
            log_pause(error, seconds, provider=self.key)
            if is_news:
                reason = Message(reason_of(error.kind))
                Notification.tell(Person.objects.all(), "provider_paused", provider=self, detail=reason)

    def keep_check(self, check: Mapping[str, Any]) -> None:
        """Keep what the last check of the connection found."""
        self.last_check = dict(check)
        self._change(last_check=self.last_check)

    def keep_drawing(self, batch: Any) -> None:
        """Remember the batch of the last test picture."""
        self._change(drawing=batch)

    def keep_other_models(self, names: list[str]) -> None:
        """Keep the names it lists that are not offered, for staff to look at."""
        self.other_models = names
        self._change(other_models=names)

    @transaction.atomic
    def resume(self) -> None:
        """Call it again at once, and its models: an administrator says so, or what was refused was changed. The first
        call is a probe. What was paused by hand stays so; `resume_by_hand` ends that too."""
        self._change(paused_until=None, pause_kind="", needs_probe=True, not_connected_count=0)
        self.models.end_pauses()
        if not Provider.objects.filter(pk=self.pk, hand_paused_at__isnull=False).exists():
            record("resumed_provider", self)

    def answered(self) -> None:
        """A call reached it and was served, so nothing stands in the way; unless another call was told otherwise since
        this row was read."""
        if self.needs_probe or self.not_connected_count or self.pause_kind:
            as_read = type(self).objects.filter(pk=self.pk, paused_until=self.paused_until)
            as_read.update(paused_until=None, needs_probe=False, pause_kind="", not_connected_count=0)

    def not_connected(self) -> None:
        """Count a call that found nobody; the fifth in a row pauses the provider for a minute."""
        type(self).objects.filter(pk=self.pk).update(not_connected_count=models.F("not_connected_count") + 1)
        self.refresh_from_db(fields=["not_connected_count"])
        if self.not_connected_count >= 5 or self.needs_probe:
            self.pause(NotConnected(), seconds=60, probe=True)

    @property
    def is_paused(self) -> bool:
        """Whether it is paused by hand, or `paused_until` lies ahead, as read with this row."""
        return self.is_paused_by_hand or is_ahead(self.paused_until)

    @property
    def paused_for(self) -> str:
        """The kind of the pause that holds now; "" when it is called."""
        return BY_HAND if self.is_paused_by_hand else self.pause_kind if self.is_paused else ""

    @property
    def pause_sentence(self) -> str:
        """Why nothing is sent to it for now, in the active language; "" when it is called."""
        if self.is_paused_by_hand:
            return self.hand_pause_sentence
        return pause_sentence_of(self.name, self.pause_kind) if self.is_paused else ""


@cache
def sandbox() -> Sandbox:
    """This process's sandbox."""
    return Sandbox(pace=settings.SANDBOX_PACE)
