"""The catalogue of faults, requested by a mark in the prompt, `[[429:2]]`, or by the model, `sandbox-429:2`.

A fault replaces the answer, changes the pictures, or spoils the delivery.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from generations.sandbox import delivery_faults, error_replies
from generations.sandbox.image_faults import (
    bomb,
    changed_address,
    doubled,
    drafted,
    fake,
    gif,
    gone,
    huge,
    not_an_image,
    svg,
)
from generations.sandbox.order import Order
from generations.sandbox.reply import Reply

Instead = Callable[[Order, str], Reply | None]
Pictures = Callable[[Order, str], Order]
Delivery = Callable[[Reply, Order, str], Reply]


@dataclass(frozen=True, slots=True)
class Fault:
    """A mark, a description, and exactly one of the three ways to do it."""

    name: str
    says: str
    instead: Instead | None = None
    pictures: Pictures | None = None
    delivery: Delivery | None = None


FAULTS: dict[str, Fault] = {
    f.name: f
    for f in (
        Fault("429", "too many requests; `429:2`, `429:date`, `429:absurd`, `429:negative` set Retry-After",
              error_replies.too_many),
        Fault("fail-first", "`fail-first:2` answers 429 to the first two calls with this prompt, then draws",
              error_replies.at_first),
        Fault("500", "an internal error", error_replies.internal),
        Fault("502", "a proxy's HTML page", error_replies.bad_gateway),
        Fault("503", "overloaded; `503:2` sets Retry-After", error_replies.overloaded),
        Fault("401", "a wrong key", error_replies.wrong_key),
        Fault("402", "insufficient balance", error_replies.unpaid),
        Fault("403", "the provider's account is blocked", error_replies.blocked),
        Fault("404", "the model is not there", error_replies.no_model),
        Fault("quota", "429 that means the credit is used up", error_replies.quota),
        Fault("moderation", "400 moderation_blocked", error_replies.moderated),
        Fault("refusal", "the refusal field, no picture", error_replies.refusal),
        Fault("filter", "finish_reason content_filter, nothing else", error_replies.filtered),
        Fault("sorry", "a refusal as ordinary text", error_replies.sorry),
        Fault("text", "words that promise a picture, and none", error_replies.promise),
        Fault("empty", "a well-formed answer with nothing in it", error_replies.empty),
        Fault("no-choices", "200 with an empty list of choices", error_replies.no_choices),
        Fault("error", "an error object under status 200", error_replies.error_in_200),
        Fault("html", "an HTML page under status 200", error_replies.html),
        Fault("moved", "a redirect of the call itself; `moved:URL` says where to", error_replies.moved),
        Fault("not-image", "the picture is an HTML page", pictures=fake(not_an_image)),
        Fault("gif", "the picture is a GIF called PNG", pictures=fake(gif)),
        Fault("svg", "the picture is an SVG called PNG", pictures=fake(svg)),
        Fault("bomb", "a small PNG that claims 60,000 by 60,000 pixels", pictures=fake(bomb)),
        Fault("huge-picture", "a picture of 64 MB; `huge-picture:8` of 8", pictures=fake(huge)),
        Fault("loopback", "the picture's address is on 127.0.0.1", pictures=changed_address("http://127.0.0.1:9/")),
        Fault("metadata", "the picture's address is a cloud's metadata service",
              pictures=changed_address("http://169.254.169.254/latest/meta-data/")),
        Fault("gone", "the picture is 404; `gone:2` only the first two times", pictures=gone),
        Fault("redirect", "the picture's address redirects; `redirect:loop`, `redirect:private`",
              pictures=changed_address("{host}/redirect/{value}/{name}")),
        Fault("duplicate", "every picture twice", pictures=doubled),
        Fault("draft", "a draft before the final picture", pictures=drafted),
        Fault("cut", "the answer breaks off before the picture; `cut:image` inside it", delivery=delivery_faults.cut),
        Fault("length", "finish_reason length, the text cut before the picture", delivery=delivery_faults.length),
        Fault("slow", "`slow:30` draws for 30 seconds more, with heartbeats in a stream",
              delivery=delivery_faults.slow),
        Fault("silent", "`silent:30` sends nothing at all for 30 seconds", delivery=delivery_faults.silent),
        Fault("drip", "a few bytes at a time, very slowly", delivery=delivery_faults.drip),
        Fault("endless", "heartbeats for ever", delivery=delivery_faults.endless),
        Fault("huge", "a body of 80 MB; `huge:8` of 8", delivery=delivery_faults.huge),
        Fault("gzip-bomb", "1 GB of zeros in 1 MB of gzip", delivery=delivery_faults.gzip_bomb),
        Fault("error-event", "an error event in the middle of the stream", delivery=delivery_faults.error_event),
        Fault("partial", "one picture more that was refused", delivery=delivery_faults.partial),
        Fault("echo", "the key, said back in headers and body", delivery=delivery_faults.echo),
    )
}  # fmt: skip


def named(order: Order) -> list[tuple[Fault, str]]:
    """The faults that an order requests, with their values, in the order of their marks."""
    marks = _MARK.findall(order.request.prompt)
    if match := re.fullmatch(r"sandbox-([a-z0-9-]+?)(?::(.*))?", order.request.model):
        marks.append((match[1], match[2] or ""))
    return [(FAULTS[name], value) for name, value in marks if name in FAULTS]


_MARK = re.compile(r"\[\[([a-z0-9-]{1,20})(?::([^\]]{0,200}))?\]\]")
