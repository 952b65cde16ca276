"""The whole life of one generation, from its claim to its final state, top to bottom.

Record first, classify later: the attempt's row is committed before the first byte may leave, what came back is
committed before anything reads it, and a run that dies in between is taken up from there without paying again. What a
run holds in memory it does not read from the storage again; only one that takes up a kept answer does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError

from generations.answer_pictures import ClaimLost, keep_previews, lost_drafts, store_pictures
from generations.errors import (
    Cancelled,
    GenerationError,
    InternalFault,
    KeySealed,
    Lost,
    NotRead,
    NotStored,
    ReadingStopped,
    TimedOut,
)
from generations.history import history_of
from generations.models import Attempt, Generation, ProviderModel
from generations.models.database import release_connection
from generations.protocol.answer import Answer
from generations.protocol.classification import Classification, classify
from generations.protocol.embedding import Embedding
from generations.protocol.exchange import Exchange
from generations.protocol.request import Request
from generations.protocol.stream import StreamReader
from generations.reader import Reader
from generations.references import as_sent
from generations.wire import CancelScope

log = logging.getLogger(__name__)

READER = Reader(settings.MAX_ANSWER_BYTES)

PROGRESS_SECONDS = 0.5
KEEP_SECONDS = 300
INGEST_SECONDS = 600
PAUSE_SECONDS = 600
_COMPLETIONS = "/chat/completions"


def run(generation: Generation, scope: CancelScope | None = None) -> None:
    """Take a claimed generation to its next state. Whatever the network does ends as a row, never as an exception.

    `scope` ends its call early, when its cancel is asked for."""
    with ExitStack() as stack:
        stack.callback(release_connection)
        scope = stack.enter_context(scope or CancelScope())
        kept = None
        try:
            kept = kept_answer(generation)
            attempt, body = (kept, None) if kept else call(generation, scope)
            if attempt is None:
                generation.cancelled()
                log_end(generation, "cancelled")
                return
            remark, lost = ingest(generation, attempt, scope, body)
        except GenerationError as error:
            conclude(generation, error, is_news=kept is None)
        except ClaimLost:
            log.warning("generation %s: the claim was lost, the answer is kept", generation.key)
        except (OperationalError, InterfaceError):
            log.warning("generation %s: the database is away; it is taken up again from what is kept", generation.key)
            raise
        except Exception:
            log.exception("generation %s broke", generation.key, extra={"fields": {"generation": generation.key}})
            generation.fail(InternalFault(charged=generation.charged_so_far()))
            raise
        else:
            generation.succeed(remark, lost_drafts(lost) if lost else "")
            if kept is None:
                generation.model.answered()
            log_end(generation, "succeeded", charged="yes")


def kept_answer(generation: Generation) -> Attempt | None:
    """The last call's attempt, if this run goes on from its answer instead of calling. Raises Lost when it has none:
    whatever led here, what may have been sent is not sent again."""
    if generation.needs_call and generation.may_call:
        return None
    last = generation.attempts.last()
    if last is not None and not last.has_answer:
        raise Lost
    return last


def call(generation: Generation, scope: CancelScope) -> tuple[Attempt | None, bytes]:
    """Call the provider and keep the exchange: the attempt, and the body of the answer as it is kept. No attempt if the
    claim was lost or cancelled before the call."""
    provider = generation.model.provider
    try:
        request, pictures, smaller = build_request(generation)
    except NotStored as error:
        raise NotRead(error.detail, charged=generation.charged_so_far()) from error
    try:
        client, secrets = provider.client(), provider.secrets
    except ValueError as error:
        raise KeySealed from error
    body = pictures.fill(request.to_json())
    attempt = generation.open_attempt(url=f"{provider.base_url}{_COMPLETIONS}", request=body, smaller=smaller)
    if attempt is None:
        return None, b""
    progress = Progress(generation, secrets)
    release_connection()
    READER.warm()
    exchange = client.send(
        body.sent,
        stream=request.stream,
        scope=scope,
        on_bytes=progress.feed,
        idempotency_key=generation.idempotency_key if provider.sends_idempotency_key else "",
    )
    exchange = replace(exchange, request_body=b"")  # the attempt has the request already
    exchange = exchange.redacted(secrets, hidden=provider.hidden_headers)
    keep(attempt, exchange)
    return attempt, exchange.body


def keep(attempt: Attempt, exchange: Exchange) -> None:
    """Commit what came back, come what may: a database that is away is waited for."""
    patience = time.monotonic() + KEEP_SECONDS
    while True:
        try:
            return attempt.keep(exchange)
        except (OperationalError, InterfaceError):
            if time.monotonic() > patience:
                raise
            release_connection()
            time.sleep(1)


def ingest(generation: Generation, attempt: Attempt, scope: CancelScope, body: bytes | None = None) -> tuple[str, int]:
    """Read the kept answer, fetch or decode its pictures, store them. Returns the model's remark, and how many drafts
    could not be kept. `body` is the answer's where it is in memory.

    Raises the GenerationError the answer amounts to; Cancelled when that is asked for, ReadingStopped when all of it
    takes too long. May run any number of times for the same answer."""
    with CancelScope(INGEST_SECONDS, outer=scope) as bound:
        try:
            return understand(generation, attempt, bound, body)
        except TimedOut as error:
            raise ReadingStopped(error.detail) from error


def understand(generation: Generation, attempt: Attempt, scope: CancelScope, body: bytes | None) -> tuple[str, int]:
    """`ingest`, within its time."""
    exchange = attempt.exchange(kept_body(generation, attempt) if body is None else body)
    release_connection()
    answer, found = read_answer(generation, attempt, exchange)
    attempt.keep_classification(answer, found)
    if found.error is not None:
        keep_previews(generation, attempt, answer, exchange.body, scope)
        raise found.error
    pictures, lost = store_pictures(generation, answer, scope)
    attempt.externalize(exchange.body, pictures)
    return "\n".join(part for part in (answer.text, answer.remark) if part), lost


def kept_body(generation: Generation, attempt: Attempt) -> bytes:
    """The kept answer from the storage. Raises NotStored, which knows no more of what it cost than was known."""
    try:
        return attempt.answer_bytes()
    except NotStored as error:
        raise type(error)(error.detail, charged=generation.charged_so_far()) from error


def read_answer(generation: Generation, attempt: Attempt, exchange: Exchange) -> tuple[Answer, Classification]:
    """What the reader makes of a kept answer, and what that amounts to. Writes nothing. Raises ReadingStopped."""
    answer = READER.read(
        exchange.body,
        status=exchange.status or 0,
        headers=exchange.headers,
        request=exchange.request_body,
        sent=attempt.pictures_sent(),
        base_url=exchange.url.removesuffix(_COMPLETIONS),
        ended=exchange.ended,
        owner=generation.model.provider_id,
    ).redacted(generation.model.provider.secrets)
    return answer, classify(exchange, answer, model=generation.model.name)


def look_again(generation: Generation) -> Classification | None:
    """What its kept answer amounts to for the reader of today, without changing anything; None where none is kept.
    Raises ReadingStopped, NotStored."""
    attempt = generation.attempts.last()
    if attempt is None or not attempt.has_answer:
        return None
    return read_answer(generation, attempt, attempt.exchange(attempt.answer_bytes()))[1]


def conclude(generation: Generation, error: GenerationError, *, is_news: bool) -> None:
    """Settle the generation by the error; what a call just made says about the provider is told to it."""
    if isinstance(error, Cancelled):
        generation.cancelled() or generation.fail(error)
    else:
        generation.settle(error)
    if is_news:
        tell(generation.model, error)
    log_end(generation, error.kind, charged=error.charged)


def log_end(generation: Generation, outcome: str, charged: str = "no") -> None:
    """One line for each run of a generation: how it went, by ids and without words."""
    fields = {
        "generation": generation.key,
        "batch": generation.batch.key,
        "person": generation.batch.person_id,
        "provider": generation.model.provider.key,
        "model": generation.model_id,
        "outcome": outcome,
        "charged": charged,
        "claims": generation.claims,
    }
    message = "generation %s of batch %s at provider %s: %s, charged %s"
    provider = generation.model.provider
    log.info(message, generation.key, generation.batch.key, provider.key, outcome, charged, extra={"fields": fields})


def tell(model: ProviderModel, error: GenerationError) -> None:
    """Pause the provider or the model alone, or end their pause, by whom the refusal of a call to them concerns."""
    match error.provider_state:
        case "unreachable":
            model.provider.not_connected()
        case "limited" if error.retry_after:
            pause(model, error, seconds=error.retry_after, probe=False)
        case "limited" | "unknown":
            pass
        case "refusing":
            pause(model, error, seconds=PAUSE_SECONDS, probe=True)
        case _:
            model.answered()


def pause(model: ProviderModel, error: GenerationError, *, seconds: float, probe: bool) -> None:
    """Pause whom the error concerns: the provider, the model alone, or nobody."""
    if error.scope == "provider":
        model.provider.pause(error, seconds=seconds, probe=probe)
    elif error.scope == "model":
        model.provider.answered()
        model.pause(error, seconds=seconds, probe=probe)


class Progress:
    """Shows on the row how far an answer is, at most twice a second."""

    def __init__(self, generation: Generation, secrets: Sequence[str]) -> None:
        self.generation = generation
        self.reader = StreamReader(keeps=False, secrets=secrets, prompt=generation.batch.prompt)
        self.next_at = 0.0

    def feed(self, data: bytes) -> None:
        """Look at these bytes of the answer; a person may be waiting for them."""
        is_due = time.monotonic() >= self.next_at
        seen = self.reader.feed(data, update=is_due)
        if seen is None or not is_due:
            return
        self.next_at = time.monotonic() + PROGRESS_SECONDS
        with suppress(DatabaseError):  # what a person sees is late, the answer goes on
            self.generation.progress(seen.percent, seen.phase, seen.line)
        release_connection()


def build_request(generation: Generation) -> tuple[Request, Embedding, list[list[int]]]:
    """The request for a generation, placeholders in it for its reference pictures, and what they stand for. Then the
    place, width and height of each that is sent smaller than it is."""
    batch, model = generation.batch, generation.model

    def request_with(references: Sequence[str]) -> Request:
        return model.request_for(
            batch.prompt,
            references=references,
            history=history,
            n=generation.n,
            size=generation.size,
            options=batch.options,
            place=generation.place_at_model(),
        )

    history = history_of(batch)
    given = list(batch.references.select_related("file", "clean_file").as_sent())
    sent = as_sent(given, model, len(request_with(()).to_json())) if given else []
    pictures = Embedding({picture.file.sha256: picture.data for picture in sent})
    request = request_with([pictures.data_uri(picture.file.sha256, picture.file.media_type) for picture in sent])
    smaller = [[n, it.width, it.height] for n, it in enumerate(sent, 1) if it.width and it.height]
    return request, pictures, smaller
