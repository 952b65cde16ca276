"""One call, as it happened: what was sent, what came back or why nothing did, and when."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from generations.errors import GenerationError
from generations.protocol.masking import MASK, masked, masked_text, spellings_of

_SECRET_HEADER = re.compile(r"authori[sz]ation|api-?key|cookie|token|secret|password|x-key|credential", re.IGNORECASE)
_USER_INFO = re.compile(r"(?<=://)[^/@\s?#]+(?=@)")


@dataclass
class Exchange:
    """One HTTP call. `ended` says the transport delivered the answer's end; `request_written` that a byte of ours left.

    All times are aware UTC. `failure` is why there is no whole answer, None when there is one.
    """

    method: str
    url: str
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: bytes = b""
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    ended: bool = False
    failure: GenerationError | None = None
    queued_at: datetime | None = None
    sent_at: datetime | None = None
    first_byte_at: datetime | None = None
    done_at: datetime | None = None
    request_written: bool = False

    def redacted(self, secrets: Sequence[str] = ()) -> "Exchange":
        """The exchange as it may be kept: every spelling of a secret, and every header that carries one, is masked."""
        forms = spellings_of(secrets)
        return replace(
            self,
            url=masked_text(_USER_INFO.sub(MASK, self.url), forms),
            request_headers=_masked_headers(self.request_headers, forms),
            request_body=masked(self.request_body, forms),
            headers=_masked_headers(self.headers, forms),
            body=masked(self.body, forms),
            failure=_masked_failure(self.failure, forms),
        )


def _masked_headers(headers: Mapping[str, str], forms: Sequence[bytes]) -> dict[str, str]:
    return {
        masked_text(name, forms): MASK if _SECRET_HEADER.search(name) else masked_text(value, forms)
        for name, value in headers.items()
    }


def _masked_failure(failure: GenerationError | None, forms: Sequence[bytes]) -> GenerationError | None:
    if failure is None:
        return None
    detail = masked_text(failure.detail, forms)
    return type(failure)(detail, retry_after=failure.retry_after, charged=failure.charged)
