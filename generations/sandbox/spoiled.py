"""Good answers badly delivered: cut, slow, silent, endless, far too large, or with something in them."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from generations.sandbox.beats import DONE, Beat, chunk, event
from generations.sandbox.order import Order
from generations.sandbox.reply import Reply

_ALIVE = b": keep-alive\n\n"


def cut(reply: Reply, order: Order, value: str) -> Reply:
    """Ends before the picture or, for `image`, inside it. A whole document promises its full length."""
    if reply.is_whole:
        data = _whole(reply)
        end = _inside(data) if value == "image" else min(120, len(data) // 2)
        promised = (*reply.headers, ("Content-Length", str(len(data))))
        return replace(reply, headers=promised, beats=[replace(_last(reply), data=data[:end])])
    return replace(reply, beats=_until_picture(reply, is_inside=value == "image"))


def _until_picture(reply: Reply, is_inside: bool) -> Iterator[Beat]:
    for beat in reply.beats:
        if beat.is_picture and is_inside:
            yield replace(beat, data=beat.data[: _inside(beat.data)])
        if beat.is_picture:
            return
        yield beat


def _inside(data: bytes) -> int:
    start = max(data.find(b";base64,"), data.find(b"http"), 0)
    return min(start + max((len(data) - start) // 2, 1), len(data) - 1)


def length(reply: Reply, order: Order, value: str) -> Reply:
    """The model ran out of tokens before the picture."""
    if reply.is_whole:
        body = {"role": "assistant", "content": "> Progress 25..48..\n\n![image](da"}
        choices = [{"index": 0, "message": body, "finish_reason": "length"}]
        data = json.loads(_whole(reply)) | {"object": "chat.completion", "choices": choices}
        for key in ("data", "output"):
            data.pop(key, None)
        return replace(reply, beats=[replace(_last(reply), data=json.dumps(data).encode())])
    end = [Beat(chunk(order, {}, 0, "length")), Beat(DONE)]
    return replace(reply, beats=chain(_until_picture(reply, is_inside=False), end))


def slow(reply: Reply, order: Order, value: str) -> Reply:
    seconds = _seconds(value)
    if reply.is_whole:
        return silent(reply, order, value)
    count = max(int(seconds), 1)
    beats = (Beat(_ALIVE, seconds / count) for _ in range(count))
    return replace(reply, beats=chain([Beat(_ALIVE)], chain(beats, reply.beats)))


def silent(reply: Reply, order: Order, value: str) -> Reply:
    return replace(reply, beats=chain([Beat(b"", _seconds(value))], reply.beats))


def drip(reply: Reply, order: Order, value: str) -> Reply:
    """Never idle for long, and never done within reason."""

    def drops() -> Iterator[Beat]:
        for beat in reply.beats:
            for start in range(0, len(beat.data), 16):
                yield Beat(beat.data[start : start + 16], 0.25)

    whole = (("Content-Length", str(len(_whole(reply)))),) if reply.is_whole else ()
    return replace(reply, headers=(*reply.headers, *whole), beats=drops(), is_whole=False)


def endless(reply: Reply, order: Order, value: str) -> Reply:
    def heartbeats() -> Iterator[Beat]:
        while True:
            yield Beat(b"\n" if reply.is_whole else _ALIVE, 0.5)

    return replace(reply, beats=heartbeats(), is_whole=False)


def huge(reply: Reply, order: Order, value: str) -> Reply:
    """One document, or one delta after the other, of the letter A."""
    count = min(int(value) if value.isdigit() else 80, 4096)
    block = b"A" * 1024**2

    def flood() -> Iterator[Beat]:
        yield Beat(b'{"choices":[{"index":0,"message":{"role":"assistant","content":"')
        yield from (Beat(block) for _ in range(count))
        yield Beat(b'"},"finish_reason":"stop"}]}')

    deltas = (Beat(chunk(order, {"content": block.decode()})) for _ in range(count))
    return replace(reply, beats=flood() if reply.is_whole else chain(deltas, [Beat(DONE)]), is_whole=False)


def gzip_bomb(reply: Reply, order: Order, value: str) -> Reply:
    """Each megabyte of zeros is one small gzip member, sent a thousand times."""
    member = gzip.compress(bytes(1024**2), 9)
    headers = (*reply.headers, ("Content-Encoding", "gzip"))
    return replace(reply, headers=headers, beats=(Beat(member) for _ in range(1024)), is_whole=False)


def error_event(reply: Reply, order: Order, value: str) -> Reply:
    error = {"error": {"message": "upstream connection reset", "type": "stream_error"}}
    if reply.is_whole:
        return replace(reply, beats=[Beat(json.dumps(error).encode(), 1.0)])
    return replace(reply, beats=chain(_until_picture(reply, is_inside=False), [Beat(event(error, "error"))]))


def partial(reply: Reply, order: Order, value: str) -> Reply:
    """The pictures come, and beside them word of one that was refused."""
    place = len(order.pictures)
    code = "OutputImageSensitiveContentDetected"
    error = {"code": code, "message": "The output image may contain sensitive information."}
    failed = {"index": place, "message": {"role": "assistant", "content": None}, "finish_reason": "content_filter"}
    if reply.is_whole:
        body = json.loads(_whole(reply))
        if "data" in body:
            body["data"].append({"error": error})
        else:
            body.get("output", body)["choices"].append(failed | {"error": error})
        return replace(reply, beats=[replace(_last(reply), data=json.dumps(body, ensure_ascii=False).encode())])
    kind = "image_generation.partial_failed"
    said = event({"type": kind, "model": order.asked.model, "image_index": place, "error": error}, kind)
    if order.family.shape != "ark":
        said = chunk(order, {}, place, "content_filter")
    return replace(reply, beats=_before_end(reply, said))


def _before_end(reply: Reply, said: bytes) -> Iterator[Beat]:
    seen = is_said = False
    for beat in reply.beats:
        if seen and not beat.is_picture and not is_said and b'"content"' not in beat.data:
            yield Beat(said)
            is_said = True
        seen = seen or beat.is_picture
        yield beat


def echo(reply: Reply, order: Order, value: str) -> Reply:
    """A careless gateway's debugging."""
    headers = (*reply.headers, ("X-Debug-Authorization", f"Bearer {order.key}"))
    if reply.is_whole:
        body = json.loads(_whole(reply)) | {"debug": {"headers": {"authorization": f"Bearer {order.key}"}}}
        data = json.dumps(body, ensure_ascii=False).encode()
        return replace(reply, headers=headers, beats=[replace(_last(reply), data=data)])
    return replace(
        reply, headers=headers, beats=chain([Beat(f": authorization Bearer {order.key}\n\n".encode())], reply.beats)
    )


def _whole(reply: Reply) -> bytes:
    return b"".join(beat.data for beat in reply.beats)


def _last(reply: Reply) -> Beat:
    return list(reply.beats)[-1]


def _seconds(value: str) -> float:
    return min(float(value), 86_400.0) if value.replace(".", "", 1).isdigit() else 30.0
