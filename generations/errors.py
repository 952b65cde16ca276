"""Every way a generation can fail. A leaf is one cause; its class carries what follows from it.

GenerationError
├── NotSent                 no byte of the request left this machine charged: no
│   ├── NotConnected        DNS, connection or TLS failed            retried
│   ├── AddressRefused      the address is not allowed
│   ├── InvalidRequest      our own validation refused it
│   ├── KeySealed           the key was sealed with another SECRET_KEY
│   ├── NeverStarted        waited past its deadline
│   └── WorkerFailed        reclaimed three times without a call
├── TurnedAway              the provider refused before working      charged: no
│   ├── RateLimited         429                                      retried after its delay
│   ├── ProviderBusy        503 with Retry-After                     retried after its delay
│   ├── QuotaExhausted      402, insufficient_quota                  pauses the provider
│   ├── KeyRefused          401, 403                                 pauses the provider
│   ├── ModelNotAllowed     no access, not bought, not verified      pauses the model
│   ├── ModelNotFound       404
│   ├── WrongAddress        404 without a word of a model, 405
│   ├── FirewallBlocked     403 with a page: concerns this prompt only
│   ├── RequestTooLarge     413, whatever says that the body is too large
│   └── RequestRejected     400, 422
├── Declined                the model or a moderator said no         charged: maybe
├── TaskBegun               a task goes on at the provider           charged: maybe; never sent again
├── Unclear                 the request left; its outcome is unknown charged: maybe
│   ├── TimedOut            a deadline of the provider's settings passed
│   ├── Cut                 the answer ended before its end
│   ├── UpstreamFailed      5xx, 408, 409, an error in the stream
│   ├── Unreadable          neither JSON nor an event stream
│   ├── WebPage             the page of a site, in place of an answer
│   ├── TooLarge            larger than the limit
│   ├── Redirected          a paid call is never sent elsewhere
│   ├── Lost                the worker died during the call
│   └── Cancelled           a person stopped it while it ran
├── Useless                 a complete answer without a picture      charged: yes
│   ├── NoImage             text only
│   ├── DataOnly            structured data only
│   ├── ToolCalled          tool calls only
│   ├── EmptyResponse       nothing at all
│   ├── LengthReached       finish_reason length
│   └── BadPicture          the bytes are no supported picture
├── PictureNotFetched       the link did not deliver the picture     charged: yes
│   ├── PictureGone         404, timeout, closed: fetched again from the kept answer
│   └── PictureRefused      an address or size that is not allowed
│       └── PictureHostRefused  a private host, which an administrator may allow
├── NotStored               our own storage failed; answer kept          charged: yes
│   └── NotRead             before the call: a reference is missing  charged: no
├── ReadingStopped          reading exceeded its limits; answer kept charged: maybe
└── InternalFault           a bug of ours                            charged: maybe

What the attributes of a class mean:

kind            the stable name, kept in rows and shown in JSON
retryable       it may be tried again automatically: only where `charged` is "no", or from an answer that is kept
charged         whether the provider charged for the call
scope           what was refused: this call, this model, or everything at the provider
status          the HTTP status with which our own API answers
place           where an administrator acts: on the page of the provider, of the model, or nowhere in particular
helps_again     whether the same request, sent again as it is, may fare better
whose_move      who has to act: the author, nobody but time, an administrator, nobody, or the author at a price
provider_state  what the failure proves about the provider, for its pause
needs_call      whether a later try calls the provider again, and does not go on from the kept answer
max_fetches     how often the kept answer is gone through again
may_read_again  whether an answer is usually kept that could be read better
is_detail_ours  whether `detail` is worded by this application, not by the upstream
title, sentence for the person, in English; what it cost and what to do is said beside them
advice          what to do, where `whose_move` does not say enough
"""

from typing import ClassVar, Literal

from generations.translatable import gettext_noop as _

Charged = Literal["no", "maybe", "yes"]
WhoseMove = Literal["yours", "wait", "admin", "nobody", "unknown"]
Scope = Literal["call", "model", "provider"]
Place = Literal["", "provider", "model"]
ProviderState = Literal["unknown", "unreachable", "limited", "refusing", "answering"]


class GenerationError(Exception):
    """A generation failed in a known way. `detail` is the message of the upstream or the library, without secrets, or a
    `Message` of ours; `retry_after` is in seconds."""

    kind: ClassVar[str] = "failed"
    retryable: ClassVar[bool] = False
    charged: Charged = "maybe"
    scope: Scope = "call"
    status: ClassVar[int] = 502
    whose_move: WhoseMove = "nobody"
    place: ClassVar[Place] = ""
    helps_again: ClassVar[bool] = True
    provider_state: ClassVar[ProviderState] = "answering"
    needs_call: ClassVar[bool] = True
    max_fetches: ClassVar[int] = 0
    may_read_again: ClassVar[bool] = False
    is_detail_ours: ClassVar[bool] = False
    title: ClassVar[str] = _("The generation failed")
    sentence: ClassVar[str] = _("No picture was made.")
    advice: ClassVar[str] = ""

    def __init__(
        self,
        detail: str = "",
        *,
        retry_after: float | None = None,
        charged: Charged | None = None,
        scope: Scope | None = None,
    ) -> None:
        super().__init__(detail or self.sentence)
        self.detail = detail
        self.retry_after = retry_after
        if charged is not None:
            self.charged = charged
        if scope is not None:
            self.scope = scope


class NotSent(GenerationError):
    kind = "not_sent"
    charged = "no"
    provider_state: ClassVar[ProviderState] = "unknown"
    is_detail_ours = True


class NotConnected(NotSent):
    kind = "not_connected"
    retryable = True
    provider_state = "unreachable"
    title = _("Can’t reach the provider")
    sentence = _("No connection to the provider could be made, so nothing was sent.")


class AddressRefused(NotSent):
    kind = "address_refused"
    helps_again = False
    place = "provider"
    whose_move: WhoseMove = "admin"
    title = _("This provider’s address isn’t allowed")
    sentence = _("This installation does not allow the provider’s address, so nothing was sent.")


class InvalidRequest(NotSent):
    kind = "invalid_request"
    helps_again = False
    status = 400
    whose_move: WhoseMove = "yours"
    title = _("This request cannot be sent")
    sentence = _("The request does not fit the chosen model, so it was not sent.")


class KeySealed(NotSent):
    kind = "key_sealed"
    helps_again = False
    place = "provider"
    scope = "provider"
    status = 500
    whose_move: WhoseMove = "admin"
    provider_state = "refusing"
    title = _("The provider’s key cannot be read")
    sentence = _("The provider’s key was sealed with another SECRET_KEY, so the prompt was not sent.")
    advice = _("An administrator can enter the key again, or start with the SECRET_KEY it was sealed with.")


class NeverStarted(NotSent):
    kind = "never_started"
    status = 504
    title = _("The prompt was not sent")
    sentence = _("The prompt waited until its time limit ran out, so it was not sent.")


class WorkerFailed(NotSent):
    kind = "worker_failed"
    status = 500
    whose_move: WhoseMove = "admin"
    title = _("The call could not be started")
    sentence = _("Three workers stopped while preparing this call, so it was not sent.")
    advice = _("An administrator has to look at the worker’s log.")


class TurnedAway(GenerationError):
    kind = "turned_away"
    charged = "no"


class RateLimited(TurnedAway):
    kind = "rate_limited"
    retryable = True
    scope = "provider"
    status = 429
    whose_move: WhoseMove = "wait"
    provider_state = "limited"
    title = _("The provider is busy")
    sentence = _("The provider received too many requests.")


class ProviderBusy(TurnedAway):
    kind = "provider_busy"
    retryable = True
    scope = "provider"
    status = 503
    whose_move: WhoseMove = "wait"
    provider_state = "limited"
    title = _("The provider is busy")
    sentence = _("The provider asked to be called again later.")


class QuotaExhausted(TurnedAway):
    kind = "quota_exhausted"
    helps_again = False
    place = "provider"
    scope = "provider"
    status = 402
    whose_move: WhoseMove = "admin"
    provider_state = "refusing"
    title = _("The provider’s credit is used up")
    sentence = _("The provider’s account has no credit left.")
    advice = _("An administrator can top it up.")


class KeyRefused(TurnedAway):
    kind = "key_refused"
    helps_again = False
    place = "provider"
    scope = "provider"
    whose_move: WhoseMove = "admin"
    provider_state = "refusing"
    title = _("The provider refused the key or account")
    sentence = _("The provider refused this installation’s key or blocked its account.")


class ModelNotAllowed(TurnedAway):
    kind = "model_not_allowed"
    helps_again = False
    place = "model"
    scope = "model"
    status = 403
    whose_move: WhoseMove = "admin"
    provider_state = "refusing"
    title = _("The provider does not allow this model")
    sentence = _("The provider’s account may not use this model.")
    advice = _("Choose another model, or ask an administrator to enable it.")


class FirewallBlocked(TurnedAway):
    kind = "firewall_blocked"
    helps_again = False
    status = 403
    whose_move: WhoseMove = "yours"
    provider_state = "unknown"
    title = _("A firewall blocked this request")
    sentence = _("A firewall in front of the provider blocked this request, usually for a word in the prompt.")


class ModelNotFound(TurnedAway):
    kind = "model_not_found"
    helps_again = False
    place = "model"
    scope = "model"
    status = 404
    whose_move: WhoseMove = "admin"
    title = _("The provider does not offer this model")
    sentence = _("The provider does not offer this model for pictures.")
    advice = _("Choose another model.")


class WrongAddress(TurnedAway):
    kind = "wrong_address"
    helps_again = False
    place = "provider"
    scope = "provider"
    whose_move: WhoseMove = "admin"
    title = _("The provider’s address is wrong")
    sentence = _("The provider knows no such address, so it did not get the request.")
    advice = _("An administrator can correct the address.")


class RequestTooLarge(TurnedAway):
    kind = "request_too_large"
    helps_again = False
    status = 413
    whose_move: WhoseMove = "yours"
    is_detail_ours = True
    title = _("The request was too large")
    sentence = _("The provider does not accept a request of this size.")
    advice = _("Use fewer or smaller reference pictures, and send the prompt again.")


class RequestRejected(TurnedAway):
    kind = "request_rejected"
    helps_again = False
    status = 400
    whose_move: WhoseMove = "yours"
    title = _("The provider rejected the request")
    sentence = _("The provider rejected these options.")
    advice = _("Change them and send the prompt again.")


class Declined(GenerationError):
    kind = "declined"
    helps_again = False
    status = 422
    whose_move: WhoseMove = "yours"
    title = _("The model declined this prompt")
    sentence = _("The model declined to draw this prompt.")


class TaskBegun(GenerationError):
    kind = "task_begun"
    may_read_again = True
    is_detail_ours = True
    whose_move: WhoseMove = "unknown"
    title = _("The provider began a task and sent no picture")
    sentence = _("The provider accepted the prompt and goes on working, but sent no picture in its answer.")
    advice = _("The task’s number finds it at the provider. Trying again may be charged a second time.")


class Unclear(GenerationError):
    kind = "unclear"
    whose_move: WhoseMove = "unknown"


class TimedOut(Unclear):
    kind = "timed_out"
    status = 504
    title = _("The provider took too long")
    sentence = _("The provider did not finish within its time limit.")


class Cut(Unclear):
    kind = "cut"
    may_read_again = True
    title = _("The connection was lost")
    sentence = _("The connection was lost before the picture arrived.")


class UpstreamFailed(Unclear):
    kind = "upstream_failed"
    may_read_again = True
    title = _("The provider failed")
    sentence = _("The provider reported an error of its own.")


class Unreadable(Unclear):
    kind = "unreadable"
    may_read_again = True
    title = _("The answer could not be read")
    sentence = _("The provider’s answer has an unknown format. It is saved and can be read again.")


class WebPage(Unclear):
    kind = "web_page"
    helps_again = False
    place = "provider"
    whose_move: WhoseMove = "admin"
    may_read_again = True
    title = _("The provider’s address shows a web page")
    sentence = _("A web page came back from the provider’s address, in place of an answer.")
    advice = _("An administrator can correct the address.")


class TooLarge(Unclear):
    kind = "too_large"
    title = _("The answer was too large")
    sentence = _("The provider’s answer is larger than this installation allows, so the call was ended.")


class Redirected(Unclear):
    kind = "redirected"
    helps_again = False
    place = "provider"
    whose_move: WhoseMove = "admin"
    title = _("The provider redirected the request")
    sentence = _("A request that costs money is not sent to another address.")
    advice = _("An administrator can correct the address.")


class Lost(Unclear):
    kind = "lost"
    status = 500
    title = _("The worker stopped during the call")
    sentence = _("The worker stopped while the provider was working, so the answer was lost.")


class Cancelled(Unclear):
    kind = "cancelled"
    status = 499
    whose_move: WhoseMove = "yours"
    provider_state = "unknown"
    title = _("Cancelled")
    sentence = _("The call was cancelled while the provider was working.")


class Useless(GenerationError):
    kind = "useless"
    charged = "yes"


class NoImage(Useless):
    kind = "no_image"
    helps_again = False
    whose_move: WhoseMove = "yours"
    may_read_again = True
    title = _("The model replied with text")
    sentence = _("The model replied with text instead of a picture.")
    advice = _("Start the prompt with “Draw …”, or use another model.")


class DataOnly(Useless):
    kind = "data_only"
    helps_again = False
    whose_move: WhoseMove = "yours"
    may_read_again = True
    title = _("The model replied with data")
    sentence = _("The model replied with structured data instead of a picture.")
    advice = _("Send the prompt without a response format, or use another model.")


class ToolCalled(Useless):
    kind = "tool_called"
    helps_again = False
    whose_move: WhoseMove = "yours"
    may_read_again = True
    title = _("The model called a tool")
    sentence = _("The model asked for a tool to be run instead of drawing a picture.")
    advice = _("Send the prompt without tools, or use another model.")


class EmptyResponse(Useless):
    kind = "empty_response"
    may_read_again = True
    title = _("The answer was empty")
    sentence = _("The provider’s answer was empty.")


class LengthReached(Useless):
    kind = "length_reached"
    helps_again = False
    whose_move: WhoseMove = "yours"
    may_read_again = True
    title = _("The answer reached its length limit")
    sentence = _("The model used up its tokens before a picture was finished.")
    advice = _("Raise max tokens in the options, and send the prompt again.")


class BadPicture(Useless):
    kind = "bad_picture"
    may_read_again = True
    is_detail_ours = True
    title = _("The picture could not be opened")
    sentence = _("The file the provider sent is not a usable picture.")


class PictureNotFetched(GenerationError):
    kind = "picture_not_fetched"
    charged = "yes"
    needs_call = False
    max_fetches = 5
    is_detail_ours = True


class PictureGone(PictureNotFetched):
    kind = "picture_gone"
    retryable = True
    may_read_again = True
    title = _("The picture’s link does not work")
    sentence = _("The provider sent a link to the picture, but the link does not work.")


class PictureRefused(PictureNotFetched):
    kind = "picture_refused"
    helps_again = False
    may_read_again = True
    title = _("The picture’s link was blocked")
    sentence = _("The picture’s link was blocked for safety.")


class PictureHostRefused(PictureRefused):
    kind = "picture_host_refused"
    place = "provider"
    whose_move: WhoseMove = "admin"
    title = _("The picture’s host is not allowed")
    sentence = _("The picture lies on a host that this installation does not fetch from, so it was not fetched.")
    advice = _(
        "An administrator can allow the host in the provider’s settings, under “Picture hosts”. "
        "Then read the answer again."
    )


class NotStored(GenerationError):
    kind = "not_stored"
    helps_again: ClassVar[bool] = False
    retryable = True
    charged: Charged = "yes"
    status = 507
    whose_move: WhoseMove = "admin"
    needs_call = False
    max_fetches = 1000
    may_read_again = True
    is_detail_ours = True
    title = _("The picture could not be stored")
    sentence = _("The picture arrived but could not be stored. The answer is saved, and storing is tried again.")


class NotRead(NotStored):
    kind = "not_read"
    helps_again = True
    charged = "no"
    needs_call = True
    provider_state = "unknown"
    may_read_again = False
    title = _("A reference picture could not be read")
    sentence = _("A reference picture could not be read from storage, so the prompt was not sent.")


class ReadingStopped(GenerationError):
    kind = "reading_stopped"
    helps_again = False
    whose_move: WhoseMove = "admin"
    may_read_again = True
    title = _("Reading the answer took too long")
    sentence = _(
        "Reading the answer took more time or memory than one answer is allowed. It is saved and can be read again."
    )


class InternalFault(GenerationError):
    kind = "internal"
    status = 500
    whose_move: WhoseMove = "admin"
    may_read_again = True
    is_detail_ours = True
    title = _("Something broke on our side")
    sentence = _("Everything that was received is saved.")


ADVICE: dict[WhoseMove, str] = {
    "yours": _("Change the prompt and send it again."),
    "wait": _("Try again in a few minutes."),
    "admin": _("An administrator has to fix this."),
    "nobody": _("Trying again may help."),
    "unknown": _("Trying again may be charged a second time."),
}


def advice_of(error: type[GenerationError]) -> str:
    """What to do about a final failure, in English: what its class says, else what follows from whose move it is."""
    return error.advice or ADVICE[error.whose_move]


def _leaves(cls: type[GenerationError]) -> list[type[GenerationError]]:
    return [cls, *(leaf for child in cls.__subclasses__() for leaf in _leaves(child))]


BY_KIND: dict[str, type[GenerationError]] = {cls.kind: cls for cls in _leaves(GenerationError)}
