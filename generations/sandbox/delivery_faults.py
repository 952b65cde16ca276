"""Faults of delivery: a good answer that is cut off, slow, silent, endless, far too large, or carries something
else."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from generations.sandbox.chunks import DONE, Chunk, delta_event, event
from generations.sandbox.order import Order
from generations.sandbox.reply import Reply

_KEEP_ALIVE = b": keep-alive\n\n"


def cut(reply: Reply, order: Order, value: str) -> Reply:
    """Ends before the picture or, for `image`, within it. A document announces its full Content-Length."""
    if reply.is_whole:
        data = _whole(reply)
        end = _inside(data) if value == "image" else min(120, len(data) // 2)
        promised = (*reply.headers, ("Content-Length", str(len(data))))
        return replace(reply, headers=promised, chunks=[replace(_last(reply), data=data[:end])])
    return replace(reply, chunks=_until_picture(reply, is_inside=value == "image"))


def _until_picture(reply: Reply, is_inside: bool) -> Iterator[Chunk]:
    for chunk in reply.chunks:
        if chunk.is_picture and is_inside:
            yield replace(chunk, data=chunk.data[: _inside(chunk.data)])
        if chunk.is_picture:
            return
        yield chunk


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
        return replace(reply, chunks=[replace(_last(reply), data=json.dumps(data).encode())])
    end = [Chunk(delta_event(order, {}, 0, "length")), Chunk(DONE)]
    return replace(reply, chunks=chain(_until_picture(reply, is_inside=False), end))


def slow(reply: Reply, order: Order, value: str) -> Reply:
    """Keep-alive comments for `value` seconds, then the answer; a document waits in silence."""
    seconds = _seconds(value)
    if reply.is_whole:
        return silent(reply, order, value)
    count = max(int(seconds), 1)
    chunks = (Chunk(_KEEP_ALIVE, seconds / count) for _ in range(count))
    return replace(reply, chunks=chain([Chunk(_KEEP_ALIVE)], chain(chunks, reply.chunks)))


def silent(reply: Reply, order: Order, value: str) -> Reply:
    """Nothing for `value` seconds, then the answer."""
    return replace(reply, chunks=chain([Chunk(b"", _seconds(value))], reply.chunks))


def drip(reply: Reply, order: Order, value: str) -> Reply:
    """Sixteen bytes every quarter of a second: never idle for long, and not finished within any reasonable time."""

    def drops() -> Iterator[Chunk]:
        for chunk in reply.chunks:
            for start in range(0, len(chunk.data), 16):
                yield Chunk(chunk.data[start : start + 16], 0.25)

    whole = (("Content-Length", str(len(_whole(reply)))),) if reply.is_whole else ()
    return replace(reply, headers=(*reply.headers, *whole), chunks=drops(), is_whole=False)


def endless(reply: Reply, order: Order, value: str) -> Reply:
    def heartbeats() -> Iterator[Chunk]:
        while True:
            yield Chunk(b"\n" if reply.is_whole else _KEEP_ALIVE, 0.5)

    return replace(reply, chunks=heartbeats(), is_whole=False)


def huge(reply: Reply, order: Order, value: str) -> Reply:
    """A document, or a stream of deltas, of so many megabytes of the letter A."""
    count = min(int(value) if value.isdigit() else 80, 4096)
    block = b"A" * 1024**2

    def flood() -> Iterator[Chunk]:
        yield Chunk(b'{"choices":[{"index":0,"message":{"role":"assistant","content":"')
        yield from (Chunk(block) for _ in range(count))
        yield Chunk(b'"},"finish_reason":"stop"}]}')

    deltas = (Chunk(delta_event(order, {"content": block.decode()})) for _ in range(count))
    return replace(reply, chunks=flood() if reply.is_whole else chain(deltas, [Chunk(DONE)]), is_whole=False)


def gzip_bomb(reply: Reply, order: Order, value: str) -> Reply:
    """1 GB of zeros: a gzip member of one megabyte, sent 1,024 times."""
    member = gzip.compress(bytes(1024**2), 9)
    headers = (*reply.headers, ("Content-Encoding", "gzip"))
    return replace(reply, headers=headers, chunks=(Chunk(member) for _ in range(1024)), is_whole=False)


def error_event(reply: Reply, order: Order, value: str) -> Reply:
    error = {"error": {"message": "upstream connection reset", "type": "stream_error"}}
    if reply.is_whole:
        return replace(reply, chunks=[Chunk(json.dumps(error).encode(), 1.0)])
    return replace(reply, chunks=chain(_until_picture(reply, is_inside=False), [Chunk(event(error, "error"))]))


def partial(reply: Reply, order: Order, value: str) -> Reply:
    """The pictures, and the error of one more that was refused."""
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
        return replace(reply, chunks=[replace(_last(reply), data=json.dumps(body, ensure_ascii=False).encode())])
    kind = "image_generation.partial_failed"
    said = event({"type": kind, "model": order.request.model, "image_index": place, "error": error}, kind)
    if order.family.shape != "ark":
        said = delta_event(order, {}, place, "content_filter")
    return replace(reply, chunks=_before_end(reply, said))


def _before_end(reply: Reply, said: bytes) -> Iterator[Chunk]:
    seen = is_said = False
    for chunk in reply.chunks:
        if seen and not chunk.is_picture and not is_said and b'"content"' not in chunk.data:
            yield Chunk(said)
            is_said = True
        seen = seen or chunk.is_picture
        yield chunk


def echo(reply: Reply, order: Order, value: str) -> Reply:
    """The key in headers and body, as a careless gateway's debugging leaks it."""
    headers = (*reply.headers, ("X-Debug-Authorization", f"Bearer {order.key}"))
    if reply.is_whole:
        body = json.loads(_whole(reply)) | {"debug": {"headers": {"authorization": f"Bearer {order.key}"}}}
        data = json.dumps(body, ensure_ascii=False).encode()
        return replace(reply, headers=headers, chunks=[replace(_last(reply), data=data)])
    return replace(
        reply, headers=headers, chunks=chain([Chunk(f": authorization Bearer {order.key}\n\n".encode())], reply.chunks)
    )


def _whole(reply: Reply) -> bytes:
    return b"".join(chunk.data for chunk in reply.chunks)


def _last(reply: Reply) -> Chunk:
    return list(reply.chunks)[-1]


def _seconds(value: str) -> float:
    return min(float(value), 86_400.0) if value.replace(".", "", 1).isdigit() else 30.0
