"""One HTTP call as it happened: the request, the answer or why there is none, and the times."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from generations.errors import GenerationError
from generations.protocol.masking import MASK, masked, masked_text, spellings_of
from generations.translatable import Message

_SECRET_HEADER = re.compile(r"authori[sz]ation|api-?key|cookie|token|secret|password|x-key|credential", re.IGNORECASE)
_USER_INFO = re.compile(r"(?<=://)[^/@\s?#]+(?=@)")


@dataclass
class Exchange:
    """One HTTP call.

    `ended`: the transport delivered the end of the answer. `request_written`: a byte of the request left this machine,
    so the call may have been charged. `failure`: why there is no complete answer; None when there is one. `obstacle`:
    in one word what kept a connection from being made: name, refused, certificate, not_tls, proxy, timeout; "" for
    anything else. `tls` and `certificate_until`: the protocol of an encrypted connection, and until when its
    certificate is valid. All times are aware and in UTC."""

    method: str
    url: str
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: bytes = b""
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    ended: bool = False
    failure: GenerationError | None = None
    sent_at: datetime | None = None
    first_byte_at: datetime | None = None
    done_at: datetime | None = None
    request_written: bool = False
    obstacle: str = ""
    tls: str = ""
    certificate_until: datetime | None = None

    def redacted(self, secrets: Sequence[str] = (), *, hidden: Collection[str] = ()) -> "Exchange":
        """The exchange as it may be stored: every spelling of `secrets` is masked, and so is every header that carries
        a credential or is sent under one of the `hidden` names (lower case)."""
        forms = spellings_of(secrets)
        return replace(
            self,
            url=masked_text(_USER_INFO.sub(MASK, self.url), forms),
            request_headers=_masked_headers(self.request_headers, forms, hidden),
            request_body=masked(self.request_body, forms),
            headers=_masked_headers(self.headers, forms),
            body=masked(self.body, forms),
            failure=_masked_failure(self.failure, forms),
        )


def _masked_headers(headers: Mapping[str, str], forms: Sequence[bytes], hidden: Collection[str] = ()) -> dict[str, str]:
    return {
        masked_text(name, forms): (
            MASK if _SECRET_HEADER.search(name) or name.lower() in hidden else masked_text(value, forms)
        )
        for name, value in headers.items()
    }


def _masked_failure(failure: GenerationError | None, forms: Sequence[bytes]) -> GenerationError | None:
    if failure is None:
        return None
    return type(failure)(
        _masked_detail(failure.detail, forms), retry_after=failure.retry_after, charged=failure.charged
    )


def _masked_detail(detail: str, forms: Sequence[bytes]) -> str:
    """A Message stays one: its values are masked. Where that leaves a secret, which then lies across their edges, it
    becomes plain text."""
    if isinstance(detail, Message):
        detail = detail.with_texts(lambda text: masked_text(text, forms))
    masked_whole = masked_text(detail, forms)
    return detail if masked_whole == detail else masked_whole
