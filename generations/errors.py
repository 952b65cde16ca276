"""Every way a generation can fail. A leaf is one cause; its class carries what follows from it.

GenerationError
├── NotSent                 no byte of the request left this machine     charged: no
│   ├── NotConnected        name, connection or TLS failed               tried again
│   ├── AddressRefused      the address is one we do not call
│   ├── InvalidRequest      our own check refused it
│   ├── NeverStarted        waited past its deadline
│   └── WorkerFailed        taken back three times without a call
├── TurnedAway              the provider refused before working          charged: no
│   ├── RateLimited         429                                          tried again when it says
│   ├── ProviderBusy        503 with Retry-After                         tried again when it says
│   ├── QuotaExhausted      402, insufficient_quota                      pauses the provider
│   ├── KeyRefused          401, 403                                     pauses the provider
│   ├── ModelNotAllowed     no access, not bought, not verified          pauses the model
│   ├── ModelNotFound       404
│   ├── FirewallBlocked     403 with a page: these words, nobody else's
│   └── RequestRejected     400, 413, 422
├── Declined                the model or a moderator said no             charged: maybe
├── Unclear                 the request left; what became of it is open  charged: maybe
│   ├── TimedOut            a deadline of the provider's settings passed
│   ├── Cut                 the answer ended before its end
│   ├── UpstreamFailed      5xx, 408, 409, an error in the stream
│   ├── Unreadable          an answer that is no answer
│   ├── TooLarge            more bytes than we take
│   ├── Redirected          a paid call is never sent elsewhere
│   ├── Lost                the worker died during the call
│   └── Cancelled           a person stopped it while it ran
├── Useless                 a whole answer without a picture             charged: yes
│   ├── NoImage             words only
│   ├── EmptyResponse       nothing at all
│   └── BadPicture          the bytes are no picture we open
├── PictureNotFetched       the picture's address did not give it        charged: yes
│   ├── PictureGone         404, timeout, closed: tried again from the kept answer
│   └── PictureRefused      an address or size we do not fetch
├── NotStored               our own storage failed; the answer is kept   charged: yes
│   └── NotRead             before the call: a reference is not there    charged: no
├── ReadingStopped          reading it takes too much; it is kept        charged: maybe
└── InternalFault           a bug of ours                                charged: maybe

`kind` is the stable name kept in rows and shown in JSON; `sentence` is for the person and `whose_move` says whose move
it is; `scope` is what was refused: this call, this model, or everything at the provider, and only the last two pause
anything; `status` is the HTTP status our own API answers with; `retryable` says a machine may try again by itself,
which only ever happens where `charged` is "no", or where trying again costs nothing because the answer is kept."""

from typing import ClassVar, Literal

Charged = Literal["no", "maybe", "yes"]
WhoseMove = Literal["yours", "wait", "admin", "nobody", "unknown"]
Scope = Literal["call", "model", "provider"]


class GenerationError(Exception):
    """A generation failed in a way we know. `detail` is the upstream's or the library's own words, without keys."""

    kind: ClassVar[str] = "failed"
    retryable: ClassVar[bool] = False
    charged: Charged = "maybe"
    scope: Scope = "call"
    status: ClassVar[int] = 502
    whose_move: WhoseMove = "nobody"
    title: ClassVar[str] = "It did not work"
    sentence: ClassVar[str] = "The generation failed."

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


class NotConnected(NotSent):
    kind = "not_connected"
    retryable = True
    title = "The provider could not be reached"
    sentence = "No connection to the provider could be made, so nothing was sent."


class AddressRefused(NotSent):
    kind = "address_refused"
    whose_move: WhoseMove = "admin"
    title = "This address is not called"
    sentence = "The provider's address is one this installation does not call. An administrator can correct it."


class InvalidRequest(NotSent):
    kind = "invalid_request"
    status = 400
    whose_move: WhoseMove = "yours"
    title = "This request cannot be sent"
    sentence = "The request does not fit the chosen model, so it was not sent."


class NeverStarted(NotSent):
    kind = "never_started"
    status = 504
    title = "It never started"
    sentence = "It waited until its time ran out, so it was not sent."


class WorkerFailed(NotSent):
    kind = "worker_failed"
    status = 500
    whose_move: WhoseMove = "admin"
    title = "It could not be started"
    sentence = (
        "Three workers stopped while preparing it. It was not sent. An administrator should look at the worker's log."
    )


class TurnedAway(GenerationError):
    kind = "turned_away"
    charged = "no"


class RateLimited(TurnedAway):
    kind = "rate_limited"
    retryable = True
    scope = "provider"
    status = 429
    whose_move: WhoseMove = "wait"
    title = "The provider is busy"
    sentence = "The provider answered that there are too many requests."


class ProviderBusy(TurnedAway):
    kind = "provider_busy"
    retryable = True
    scope = "provider"
    status = 503
    whose_move: WhoseMove = "wait"
    title = "The provider is busy"
    sentence = "The provider asked to be called again later."


class QuotaExhausted(TurnedAway):
    kind = "quota_exhausted"
    scope = "provider"
    status = 402
    whose_move: WhoseMove = "admin"
    title = "The provider's credit is used up"
    sentence = "The provider's account has no credit left. An administrator can top it up."


class KeyRefused(TurnedAway):
    kind = "key_refused"
    scope = "provider"
    whose_move: WhoseMove = "admin"
    title = "The provider refused our key or account"
    sentence = "The provider did not accept this installation's key, or blocked its account. Ask an administrator."


class ModelNotAllowed(TurnedAway):
    kind = "model_not_allowed"
    scope = "model"
    status = 403
    whose_move: WhoseMove = "admin"
    title = "The provider does not let us use this model"
    sentence = (
        "The provider's account may not use this model. Choose another model, or ask an administrator to have it "
        "enabled."
    )


class FirewallBlocked(TurnedAway):
    kind = "firewall_blocked"
    status = 403
    whose_move: WhoseMove = "yours"
    title = "A firewall blocked this request"
    sentence = (
        "A firewall in front of the provider blocked this request, usually for a word in the prompt. "
        "Change the prompt and send it again."
    )


class ModelNotFound(TurnedAway):
    kind = "model_not_found"
    scope = "model"
    status = 404
    whose_move: WhoseMove = "admin"
    title = "The provider does not offer this model"
    sentence = "The provider does not know this model, or does not draw with it. Choose another model."


class RequestRejected(TurnedAway):
    kind = "request_rejected"
    status = 400
    whose_move: WhoseMove = "yours"
    title = "The provider rejected the request"
    sentence = "The provider did not accept these options. Change them and send it again."


class Declined(GenerationError):
    kind = "declined"
    status = 422
    whose_move: WhoseMove = "yours"
    title = "The model declined this prompt"
    sentence = "The model declined to draw this. Change the prompt and send it again."


class Unclear(GenerationError):
    kind = "unclear"
    whose_move: WhoseMove = "unknown"


class TimedOut(Unclear):
    kind = "timed_out"
    status = 504
    title = "The provider took too long"
    sentence = "The provider did not finish within its time."


class Cut(Unclear):
    kind = "cut"
    title = "The answer broke off"
    sentence = "The provider's answer ended before it was complete."


class UpstreamFailed(Unclear):
    kind = "upstream_failed"
    title = "The provider failed"
    sentence = "The provider answered with an error of its own."


class Unreadable(Unclear):
    kind = "unreadable"
    title = "The answer could not be read"
    sentence = "What the provider sent is not an answer to this request. The answer is kept and can be read again."


class TooLarge(Unclear):
    kind = "too_large"
    title = "The answer was too large"
    sentence = "The provider sent more than this installation takes, so the call was ended."


class Redirected(Unclear):
    kind = "redirected"
    whose_move: WhoseMove = "admin"
    title = "The provider sent us elsewhere"
    sentence = (
        "The provider answered with a redirect. Requests that cost money are not sent on; "
        "an administrator can correct the address."
    )


class Lost(Unclear):
    kind = "lost"
    status = 500
    title = "The worker stopped during the call"
    sentence = "The worker stopped while the provider was working, so its answer was not received."


class Cancelled(Unclear):
    kind = "cancelled"
    status = 499
    whose_move: WhoseMove = "yours"
    title = "Cancelled"
    sentence = "It was cancelled while the provider was working."


class Useless(GenerationError):
    kind = "useless"
    charged = "yes"


class NoImage(Useless):
    kind = "no_image"
    whose_move: WhoseMove = "yours"
    title = "The model answered in words only"
    sentence = "The answer holds no picture. Ask for a picture more plainly, or choose another model."


class EmptyResponse(Useless):
    kind = "empty_response"
    title = "The answer was empty"
    sentence = "The provider answered, but with nothing in it."


class BadPicture(Useless):
    kind = "bad_picture"
    title = "The picture could not be opened"
    sentence = "What the provider sent as a picture is not one this installation opens."


class PictureNotFetched(GenerationError):
    kind = "picture_not_fetched"
    charged = "yes"


class PictureGone(PictureNotFetched):
    kind = "picture_gone"
    retryable = True
    title = "The picture is no longer there"
    sentence = "The provider named an address for the picture, but it is not there."


class PictureRefused(PictureNotFetched):
    kind = "picture_refused"
    title = "The picture's address is not fetched"
    sentence = "The provider named an address that this installation does not fetch pictures from."


class NotStored(GenerationError):
    kind = "not_stored"
    retryable = True
    charged: Charged = "yes"
    status = 507
    whose_move: WhoseMove = "admin"
    title = "The picture could not be stored"
    sentence = "The picture arrived but could not be stored. The answer is kept and storing is tried again."


class NotRead(NotStored):
    kind = "not_read"
    charged = "no"
    title = "A reference picture could not be read"
    sentence = "A reference picture could not be read from our own storage, so this call was not sent."


class ReadingStopped(GenerationError):
    kind = "reading_stopped"
    whose_move: WhoseMove = "admin"
    title = "Reading the answer was stopped"
    sentence = (
        "Reading this answer took more time or memory than one answer is given. It is kept and can be read again."
    )


class InternalFault(GenerationError):
    kind = "internal"
    status = 500
    whose_move: WhoseMove = "admin"
    title = "Something broke on our side"
    sentence = "Something broke on our side. What was received is kept."


def _leaves(cls: type[GenerationError]) -> list[type[GenerationError]]:
    return [cls, *(leaf for child in cls.__subclasses__() for leaf in _leaves(child))]


BY_KIND: dict[str, type[GenerationError]] = {cls.kind: cls for cls in _leaves(GenerationError)}
