"""Replies without a picture: errors, refusals, text and nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from generations.sandbox.chunks import DONE, Chunk, choice, completion, delta_event, event, final_chunks, text_chunks
from generations.sandbox.order import Order
from generations.sandbox.reply import Reply, document, events, failure, page

_LIMIT = "Rate limit reached for images per minute. Please try again later."


def too_many(order: Order, value: str) -> Reply:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
    after = {"date": soon, "absurd": "99999999999", "negative": "-5"}.get(value, value)
    headers = (("Retry-After", after),) if after else ()
    return failure(429, _LIMIT, "rate_limit_error", "rate_limit_exceeded", None, *headers)


def at_first(order: Order, value: str) -> Reply | None:
    times = int(value) if value.isdigit() else 1
    return too_many(order, "1") if order.call_number <= times else None


def internal(order: Order, value: str) -> Reply:
    return failure(500, "The server had an error while processing your request.", "server_error", "internal_error")


def bad_gateway(order: Order, value: str) -> Reply:
    html = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
    return page(html, "text/html", 502)


def overloaded(order: Order, value: str) -> Reply:
    headers = (("Retry-After", value),) if value else ()
    return failure(
        503, "The engine is currently overloaded, please try again later.", "server_error", None, None, *headers
    )


def wrong_key(order: Order, value: str) -> Reply:
    shown = f"{order.key[:5]}****{order.key[-2:]}" if len(order.key) > 12 else "****"
    return failure(401, f"Incorrect API key provided: {shown}.", "invalid_request_error", "invalid_api_key")


def unpaid(order: Order, value: str) -> Reply:
    return failure(
        402, "Insufficient balance. Please top up your account.", "insufficient_quota", "insufficient_balance"
    )


def blocked(order: Order, value: str) -> Reply:
    return failure(403, "Your resource has been temporarily blocked.", "permission_error", "forbidden")


def no_model(order: Order, value: str) -> Reply:
    message = f"The model `{order.request.model}` does not exist or you do not have access to it."
    return failure(404, message, code="model_not_found", param="model")


def quota(order: Order, value: str) -> Reply:
    message = "You exceeded your current quota, please check your plan and billing details."
    return failure(429, message, "insufficient_quota", "insufficient_quota")


def moderated(order: Order, value: str) -> Reply:
    message = "Your request was rejected by the safety system."
    return failure(400, message, "image_generation_user_error", "moderation_blocked")


def refusal(order: Order, value: str) -> Reply:
    said = "I'm sorry, I can't help with generating that image."
    if order.request.is_streamed:
        return events(iter([Chunk(delta_event(order, {"refusal": said}, 0, "stop"), 1.0), Chunk(DONE)]))
    return document(completion(order, [choice({"content": None, "refusal": said})], said), wait=1.0)


def filtered(order: Order, value: str) -> Reply:
    if order.request.is_streamed:
        return events(iter([Chunk(delta_event(order, {}, 0, "content_filter"), 1.0), Chunk(DONE)]))
    return document(completion(order, [choice({"content": ""}, 0, "content_filter")]), wait=1.0)


def _saying(text: str) -> Callable[[Order, str], Reply]:
    def say(order: Order, value: str) -> Reply:
        if order.request.is_streamed:
            return events(iter([*text_chunks(order, text, 1.0), *final_chunks(order, text)]))
        return document(completion(order, [choice({"content": text})], text), wait=1.0)

    return say


sorry = _saying("I'm sorry, but I can't create that image because it violates our content policy.")
promise = _saying("Sure! Here is your picture, with soft light and a calm horizon.")
empty = _saying("")


def no_choices(order: Order, value: str) -> Reply:
    body = completion(order, [])
    return events(iter([Chunk(event(body)), Chunk(DONE)])) if order.request.is_streamed else document(body)


def error_in_200(order: Order, value: str) -> Reply:
    error = {"message": "upstream failed to generate the image", "type": "upstream_error", "code": "do_request_failed"}
    return document({"error": error})


def html(order: Order, value: str) -> Reply:
    return page(b"<!doctype html><title>Welcome</title><p>This is a gateway's front page.", "text/html")


def moved(order: Order, value: str) -> Reply:
    return page(b"", "text/plain", 307, ("Location", value or f"{order.host}/elsewhere/v1/chat/completions"))
