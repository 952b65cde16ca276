"""One call to a provider, word for word. Its row, written before the call may leave, means "may have been sent"."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.errors import BY_KIND, GenerationError, NotStored
from generations.models.detail import detail_columns, detail_in, shown_detail_of
from generations.models.generation import Generation
from generations.models.key import now
from generations.models.storage import opened
from generations.models.stored_file import StoredFile, original_path, retry_on_integrity_error
from generations.protocol.answer import Answer
from generations.protocol.classification import Classification
from generations.protocol.exchange import Exchange
from generations.protocol.externalize import escape, externalize, inline, markers

ROW_LIMIT = 1024 * 1024
MAX_TEXT = 100_000
MAX_SAID = 200


class Attempt(models.Model):
    """The n-th call of a generation: exact request, exact answer, times, status, and whether it cost money.

    Bodies are kept externalized: a picture's base64 stands there as a reference to its stored file, so that no row
    holds megabytes and `request_bytes()` and `answer_bytes()` still give every byte back."""

    generation = models.ForeignKey(
        Generation, verbose_name=_("generation"), on_delete=models.CASCADE, related_name="attempts"
    )
    n = models.PositiveIntegerField(_("number"))
    url = models.CharField(_("address"), max_length=600)
    request_headers = models.JSONField(_("request headers"), default=dict)
    request = models.BinaryField(_("request"))
    request_size = models.PositiveBigIntegerField(
        _("request size"), default=0, help_text=_("Bytes of the request as it was sent.")
    )
    pictures = models.JSONField(
        _("pictures"),
        default=list,
        help_text=_("sha256 of each picture whose base64 stands in request or answer as a marker."),
    )
    opened_at = models.DateTimeField(_("opened at"), db_default=now())

    sent_at = models.DateTimeField(_("sent at"), null=True)
    first_byte_at = models.DateTimeField(_("first byte at"), null=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, db_index=True)
    status = models.PositiveIntegerField(_("status"), null=True)
    headers = models.JSONField(_("headers"), default=dict)
    answer = models.BinaryField(_("answer"), null=True)
    answer_size = models.PositiveBigIntegerField(
        _("answer size"), default=0, help_text=_("Bytes of the answer as it came.")
    )
    answer_file = models.ForeignKey(
        StoredFile, verbose_name=_("answer file"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended = models.BooleanField(_("ended"), default=False, help_text=_("Whether the connection ended as it should."))
    request_written = models.BooleanField(_("request written"), default=True)

    cleared_at = models.DateTimeField(
        _("cleared at"), null=True, editable=False, help_text=_("When retention removed what was sent and came back.")
    )

    counted_at = models.DateTimeField(
        _("counted at"), null=True, editable=False, help_text=_("When it was added to the numbers for monitoring.")
    )
    pictures_counted = models.PositiveIntegerField(
        _("pictures counted"),
        null=True,
        editable=False,
        help_text=_("How many of its pictures these have; empty: the call is not in them yet."),
    )

    failed = models.CharField(
        _("failed"), max_length=30, blank=True, help_text=_("Why the call itself broke, as in errors.py.")
    )

    kind = models.CharField(
        _("kind of failure"), max_length=30, blank=True, help_text=_("What the answer amounts to, as in errors.py.")
    )
    charged = models.CharField(_("charged"), max_length=5, default="maybe")
    detail = models.TextField(_("detail"), blank=True)
    detail_message = models.JSONField(null=True, editable=False)
    text = models.TextField(_("text"), blank=True)
    finish_reason = models.CharField(
        _("finish reason"),
        max_length=MAX_SAID,
        null=True,
        help_text=_("Why the model stopped, of each choice that stopped otherwise."),
    )
    response_id = models.CharField(
        _("response id"), max_length=MAX_SAID, null=True, help_text=_("The provider’s own name for the answer.")
    )
    prompt_tokens = models.PositiveBigIntegerField(_("prompt tokens"), null=True)
    completion_tokens = models.PositiveBigIntegerField(_("completion tokens"), null=True)
    total_tokens = models.PositiveBigIntegerField(_("total tokens"), null=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["n"]
        constraints = [models.UniqueConstraint(fields=["generation", "n"], name="one_attempt_a_number")]
        indexes = [
            models.Index(fields=["counted_at"], condition=Q(counted_at=None), name="attempt_uncounted"),
            # Where calls are cleared by a rule, few are left: each day looks for those that are due now.
            models.Index(fields=["generation"], condition=Q(cleared_at=None), name="attempt_kept"),
        ]

    def __str__(self) -> str:
        return gettext("Attempt %(number)s") % {"number": self.n}

    @property
    def shown_detail(self) -> str:
        """What its failure says of itself, in the active language where the words are ours."""
        return shown_detail_of(self.detail, self.detail_message)

    @property
    def has_answer(self) -> bool:
        """Whether what came back, or why nothing did, is kept."""
        return self.answered_at is not None and self.cleared_at is None

    def keep(self, exchange: Exchange) -> None:
        """Write what came back, whatever has become of the generation meanwhile. `exchange` is already redacted.

        A long body goes to the storage; while that is away the row holds it, since it is paid for."""
        retry_on_integrity_error(lambda: self._keep(exchange))

    def _keep(self, exchange: Exchange) -> None:
        size, file = len(exchange.body), None
        if size > ROW_LIMIT:
            with suppress(NotStored):
                file = StoredFile.put(exchange.body, "application/octet-stream")
        failure = exchange.failure
        self._write(
            request_headers=dict(exchange.request_headers),
            sent_at=exchange.sent_at,
            first_byte_at=exchange.first_byte_at,
            answered_at=exchange.done_at or datetime.now(UTC),
            status=exchange.status,
            headers=dict(exchange.headers),
            answer=b"" if file else escape(exchange.body),
            answer_size=size,
            answer_file=file,
            ended=exchange.ended,
            request_written=exchange.request_written,
            failed=failure.kind if failure else "",
            kind=failure.kind if failure else "",
            charged=failure.charged if failure else "maybe",
            **detail_columns(failure.detail if failure else "", None),
        )

    def keep_classification(self, answer: Answer, found: Classification) -> None:
        """Write what the answer was found to mean, and what the provider says of it; null where it says nothing. It may
        be read otherwise later."""
        usage = answer.usage
        self._write(
            kind=found.kind,
            charged=found.charged,
            **detail_columns(found.detail, None),
            text=answer.words[:MAX_TEXT],
            finish_reason=", ".join(dict.fromkeys(answer.finish_reasons))[:MAX_SAID] or None,
            response_id=answer.response_id and answer.response_id[:MAX_SAID],
            prompt_tokens=usage and usage.prompt_tokens,
            completion_tokens=usage and usage.completion_tokens,
            total_tokens=usage and usage.total_tokens,
        )

    def externalize(self, body: bytes, pictures: Mapping[str, bytes]) -> None:
        """Replace the base64 of these stored pictures (by sha256) in the kept answer, which is `body`, by references to
        them."""
        externalized = externalize(body, pictures)
        if len(externalized) > ROW_LIMIT:
            return
        spool = self.answer_file
        self._write(answer=externalized, answer_file=None, pictures=sorted({*self.pictures, *pictures}))
        if spool is not None:
            spool.drop_if_unused()

    def exchange(self, body: bytes) -> Exchange:
        """What was kept, as it came from the client; its request as it is kept, pictures as markers. `body` is the
        answer's."""
        return Exchange(
            method="POST",
            url=self.url,
            request_headers=self.request_headers,
            request_body=bytes(self.request),
            status=self.status,
            headers=self.headers,
            body=body,
            ended=self.ended,
            failure=self._failure(),
            request_written=self.request_written,
            sent_at=self.sent_at,
            first_byte_at=self.first_byte_at,
            done_at=self.answered_at,
        )

    def _failure(self) -> GenerationError | None:
        """Why the call brought no whole answer, as the client saw it; None when it did."""
        if not self.failed:
            return None
        detail = detail_in(self.detail, self.detail_message)
        return BY_KIND[self.failed](detail, charged="maybe" if self.request_written else "no")

    def request_bytes(self) -> bytes:
        """The body as it was sent (a secret in it stays masked)."""
        return self._inlined(bytes(self.request), self.request_size)

    def pictures_sent(self) -> set[str]:
        """The sha256 of each reference picture in the request; an answer may repeat them."""
        return {sha256 for sha256, _, _ in markers(bytes(self.request))} & set(self.pictures)

    def answer_bytes(self) -> bytes:
        """The body as it came; a sentence stands where a picture was that is purged."""
        if self.answer_file is not None:
            return self.answer_file.bytes()
        return self._inlined(bytes(self.answer or b""), self.answer_size)

    def answer_start(self, most: int) -> bytes:
        """The first `most` bytes of the answer as they are kept, pictures as markers."""
        if self.answer_file is None:
            return bytes(self.answer or b"")[:most]
        with opened(original_path(self.answer_file.sha256)) as file:
            return escape(file.read(most))

    def _inlined(self, body: bytes, size: int) -> bytes:
        return inline(body, _picture, own=self.pictures, size=size)

    def _write(self, **values: object) -> None:
        Attempt.objects.filter(pk=self.pk).update(**values)
        for name, value in values.items():
            setattr(self, name, value)


def _picture(sha256: str) -> bytes | None:
    """A stored picture; None when it was purged."""
    file = StoredFile.objects.filter(sha256=sha256).first()
    return file.bytes() if file else None
