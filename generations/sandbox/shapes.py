"""The answer formats of the families: one function for the JSON document, one for the stream.

A stream is a sequence of chunks, each with the seconds to wait before it. A picture is drawn when its chunk is sent.
"""

import json
from collections.abc import Iterator
from typing import Any

from generations.sandbox.chunks import DONE, Chunk, choice, completion, delta_event, event, final_chunks, text_chunks
from generations.sandbox.openai_shapes import PICTURES, Shape, caption, openai_shape
from generations.sandbox.order import Order, Picture


def shape_of(order: Order) -> Shape:
    """The format of an order's answer: OpenAI's, or that of the family where it is a picture and real shapes are
    wanted."""
    return openai_shape(order) or (SHAPES[order.family.shape] if order.has_real_shapes else PICTURES)


# --- Markdown with progress: gpt-4o-image, sora_image (links), gpt-image-1 (data URIs)


def _preface(order: Order) -> str:
    ratio = _ratio(order)
    settings = {"prompt": order.request.prompt, "ratio": ratio, "n": len(order.pictures)}
    return f"```json\n{json.dumps(settings, ensure_ascii=False, indent=2)}\n```\n\n> ID: `task_{order.id[9:]}`\n\n"


def _ratio(order: Order) -> str:
    width, height = order.size
    a, b = width, height
    while b:
        a, b = b, a % b
    return f"{width // a}:{height // a}"


def _steps(order: Order) -> Iterator[tuple[str, float]]:
    yield _preface(order), 0.0
    yield ">🕐 Queuing.", 0.2
    yield "...\n\n>⚡ Generating..", 0.4
    yield "...\n\n>🏃 Progress 7", 0.4
    for percent in (13, 25, 37, 48, 62, 75, 91):
        yield f"....{percent}", 0.35
    yield "..", 0.3


def _shown(picture: Picture, order: Order, place: int) -> str:
    if order.family.shape == "inline":
        return f"![image]({picture.data_uri()})\n\n"
    url = picture.url()
    return f"![gen_{order.id[9:25]}_{place}]({url})\n\n[Click to download]({url})\n\n"


def _finished(order: Order) -> str:
    preview = order.pictures[0].url() if order.family.shape == "progress" and order.pictures else ""
    hundred = f"[100]({preview})" if preview.startswith("http") else "100"
    return f"{hundred}\n\n> ✅ Generation complete\n\n\n"


def _progress(order: Order) -> dict[str, Any]:
    pictures = "".join(_shown(p, order, i) for i, p in enumerate(order.pictures))
    text = "".join(text for text, _ in _steps(order)) + _finished(order)
    return completion(order, [choice({"content": text + pictures})], text)


def _progress_stream(order: Order) -> Iterator[Chunk]:
    said = ""
    yield Chunk(delta_event(order, {"role": "assistant", "content": ""}))
    for text, wait in _steps(order):
        said += text
        yield from text_chunks(order, text, wait)
    said += _finished(order)
    yield from text_chunks(order, _finished(order), 0.2)
    for i, picture in enumerate(order.pictures):
        yield from text_chunks(order, _shown(picture, order, i), 0.2, is_picture=True)
    yield from final_chunks(order, said)


# --- The parameters in a fence, then a link: flux. Only a link without extension: recraftv3


def _fenced_text(order: Order, picture: Picture) -> str:
    if order.family.shape == "bare":
        return f"![image]({picture.url(has_extension=False)})"
    settings = {"prompt": order.request.prompt, "height": order.size[1], "width": order.size[0]}
    fence = f"```\n{json.dumps(settings, ensure_ascii=False, indent=1)}\n```\n\n"
    return f"{fence}![image]({picture.url()})\n\n> Generating...✅\n\n"


def _link(order: Order) -> dict[str, Any]:
    texts = [_fenced_text(order, picture) for picture in order.pictures]
    return completion(order, [choice({"content": text}, i) for i, text in enumerate(texts)], "".join(texts)[:600])


def _link_stream(order: Order) -> Iterator[Chunk]:
    yield Chunk(delta_event(order, {"role": "assistant", "content": ""}))
    for i, picture in enumerate(order.pictures):
        yield Chunk(b": keep-alive\n\n", 1.2)
        head, mark, tail = _fenced_text(order, picture).partition("![")
        yield from text_chunks(order, head, 0.5, i)
        yield from text_chunks(order, mark + tail, 0.8, i, is_picture=True)
    yield from final_chunks(order, choices=len(order.pictures))


# --- Content as an array of parts: gpt-4o, dall-e-3, dall-e-2


def _parts(order: Order) -> dict[str, Any]:
    said = {"type": "text", "text": caption(order)}
    contents = [[{"type": "image_url", "image_url": {"url": p.url()}}, said] for p in order.pictures]
    return completion(order, [choice({"content": c}, i) for i, c in enumerate(contents)], caption(order))


def _parts_stream(order: Order) -> Iterator[Chunk]:
    for i, picture in enumerate(order.pictures):
        yield Chunk(delta_event(order, {"role": "assistant", "content": ""}, i), 1.5)
        yield from text_chunks(order, f"![image]({picture.url()})\n\n", 1.0, i, is_picture=True)
        yield from text_chunks(order, caption(order), 0.1, i)
    yield from final_chunks(order, caption(order), len(order.pictures))


# --- message.images and delta.images: nano-banana


def _image_part(picture: Picture, place: int) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": picture.data_uri()}, "index": place}


def _images(order: Order) -> dict[str, Any]:
    images = [_image_part(picture, i) for i, picture in enumerate(order.pictures)]
    answer = choice({"content": caption(order), "images": images}) | {"native_finish_reason": "STOP"}
    return completion(order, [answer], caption(order))


def _images_stream(order: Order) -> Iterator[Chunk]:
    yield Chunk(b": OPENROUTER PROCESSING\n\n")
    yield Chunk(b": OPENROUTER PROCESSING\n\n", 1.0)
    yield Chunk(delta_event(order, {"role": "assistant", "content": ""}), 0.6)
    yield from text_chunks(order, caption(order), 0.4)
    for i, picture in enumerate(order.pictures):
        yield Chunk(delta_event(order, {"content": "", "images": [_image_part(picture, i)]}), 1.2, is_picture=True)
    yield from final_chunks(order, caption(order))


# --- DashScope's own document: qwen-image


def _dashscope(order: Order) -> dict[str, Any]:
    count = len(order.pictures)
    contents = [[{"image": f"{picture.url()}?Expires={order.created + 86400}"}] for picture in order.pictures]
    choices = [{"finish_reason": "stop", "message": {"role": "assistant", "content": content}} for content in contents]
    metric = {"TOTAL": count, "FAILED": 0, "SUCCEEDED": count}
    return {
        "output": {"choices": choices, "task_metric": metric},
        "usage": {"width": order.size[0], "height": order.size[1], "image_count": count} | order.usage(),
        "request_id": order.id[9:],
    }


def _dashscope_stream(order: Order) -> Iterator[Chunk]:
    yield Chunk(b":heartbeat\n\n")
    yield Chunk(b":heartbeat\n\n", 1.5)
    yield Chunk(b"id:1\nevent:result\n" + event(_dashscope(order)), 1.5, is_picture=True)
    yield Chunk(DONE)


# --- Ark's document of links, and its image events: seedream, seededit


def _ark_usage(order: Order) -> dict[str, Any]:
    return order.usage() | {
        "generated_images": len(order.pictures),
        "output_tokens": order.usage()["completion_tokens"],
    }


def _ark(order: Order) -> dict[str, Any]:
    size = f"{order.size[0]}x{order.size[1]}"
    data = [{"url": picture.url(), "size": size} for picture in order.pictures]
    return {"model": order.request.model, "created": order.created, "data": data, "usage": _ark_usage(order)}


def _ark_stream(order: Order) -> Iterator[Chunk]:
    head = {"model": order.request.model, "created": order.created}
    for i, picture in enumerate(order.pictures):
        kind = "image_generation.partial_succeeded"
        yield Chunk(b": processing\n\n", 1.0)
        data = {
            "type": kind,
            **head,
            "image_index": i,
            "url": picture.url(),
            "size": f"{order.size[0]}x{order.size[1]}",
        }
        yield Chunk(event(data, kind), 1.6, is_picture=True)
    kind = "image_generation.completed"
    yield Chunk(event({"type": kind, **head, "usage": _ark_usage(order)}, kind), 0.1)
    yield Chunk(DONE)


SHAPES = {
    "progress": Shape(_progress, _progress_stream),
    "inline": Shape(_progress, _progress_stream),
    "fenced": Shape(_link, _link_stream),
    "bare": Shape(_link, _link_stream),
    "parts": Shape(_parts, _parts_stream),
    "images": Shape(_images, _images_stream),
    "dashscope": Shape(_dashscope, _dashscope_stream),
    "ark": Shape(_ark, _ark_stream),
}
