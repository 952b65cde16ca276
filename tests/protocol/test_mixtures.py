"""Mixtures of the recorded families: what gateways of the same kinds also send, each read by rule."""

import base64
import json
from typing import Any

import pytest

from generations.protocol.answer import Answer
from generations.protocol.response import read
from generations.protocol.upstream_error import UpstreamError

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFElEQVR4nGM8ISfHgA0wYRUdtBIA0MoBFD5jqJkAAAAASUVORK5CYII="
)
PNG2 = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFElEQVR4nGOUqzjBgA0wYRUdtBIAFSEBbljO5/4AAAAASUVORK5CYII="
)
WEBP = base64.b64decode("UklGRjgAAABXRUJQVlA4ICwAAACQAQCdASoIAAgAAUAmJaACdLoAA5gA/vWJH/6En/wSf/BJ+6f8WxSGpAAAAA==")
B64, B64_2, B64_WEBP = (base64.b64encode(data).decode() for data in (PNG, PNG2, WEBP))
URI = f"data:image/png;base64,{B64}"
A, B = "https://cdn.example.com/a.png", "https://cdn.example.com/b.webp?sig=1%2F2"


def said(content: Any, **more: Any) -> dict[str, Any]:
    return {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content, **more}, "finish_reason": "stop"}]
    }


def told(*contents: Any, finish: str | None = "stop", done: bool = True, **last: Any) -> bytes:
    chunks = [{"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": None}]} for content in contents]
    if finish:
        chunks.append({"choices": [{"index": 0, "delta": last, "finish_reason": finish}]})
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"] * done
    return "".join(lines).encode()


def seen(answer: Answer) -> list[str]:
    return [ref.url or ref.media_type for ref in answer.images]


def as_body(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


PICTURES: dict[str, tuple[Any, list[str], str | None]] = {
    "an image list of data": (said(None, image=[{"data": B64}, {"data": B64_WEBP}]), ["image/png", "image/webp"], None),
    "an image list of strings": (said("", images=[A, URI]), [A, "image/png"], None),
    "camel case inline data": (
        said(None, multi_mod_content=[{"text": "Hi"}, {"inlineData": {"data": B64, "mimeType": "image/png"}}]),
        ["image/png"],
        "Hi",
    ),
    "data with b64_json": (
        {"created": 1, "data": [{"b64_json": B64}, {"b64_json": B64_WEBP}]},
        ["image/png", "image/webp"],
        None,
    ),
    "bytes and the address of their copy in one object": ({"data": [{"b64_json": B64, "url": A}]}, ["image/png"], None),
    "bytes in a field and their copy in the text": (
        said(f"![x]({A})", images=[{"image_url": {"url": URI}}]),
        ["image/png"],
        None,
    ),
    "raw base64 in url": (said([{"type": "image_url", "image_url": {"url": B64}}]), ["image/png"], None),
    "a label that lies": (said(f"![x](data:image/png;base64,{B64_WEBP})"), ["image/webp"], None),
    "content is raw base64": (said(B64), ["image/png"], None),
    "a data URI in lines": (
        said("data:image/png;base64,\n" + "\n".join(B64[i : i + 40] for i in range(0, len(B64), 40))),
        ["image/png"],
        None,
    ),
    "content is one part": (said({"type": "image_url", "image_url": {"url": A}}), [A], None),
    "parts of every kind": (
        said(
            [
                {"type": "text", "text": "One"},
                {"image": A},
                {"type": "image_url", "image_url": B},
                {"type": "text", "text": "Two"},
            ]
        ),
        [A, B],
        "One Two",
    ),
    "an anchor around an image": (said(f'<a href="{A}" target="_blank"><img src="{A}?w=100" alt="x"></a>'), [A], None),
    "an image tag": (said(f"Look: <p align='center'><img width=200 src='{B}' /></p> nice"), [B], "Look: nice"),
    "an image tag with entities": (
        said('<img src="https://c.example/i?x=1&amp;y=2">'),
        ["https://c.example/i?x=1&y=2"],
        None,
    ),
    "alt text with brackets": (said(f"![a [very] big (cat)]({A})"), [A], None),
    "alt text over lines": (said(f"![a cat\nin a hat]({A})"), [A], None),
    "an address with a title": (said(f'![a]({A} "a cat")'), [A], None),
    "an address in angle brackets": (said(f"![a](<{A}>)"), [A], None),
    "nested parentheses": (
        said("![a](https://p.example/prompt/a(b(c)d)e?x=(1))"),
        ["https://p.example/prompt/a(b(c)d)e?x=(1)"],
        None,
    ),
    "odd characters and no extension": (
        said("![a](https://p.example/x~y:8/@me//z?q=a&b=c#f)"),
        ["https://p.example/x~y:8/@me//z?q=a&b=c#f"],
        None,
    ),
    "a protocol-relative address": (said("![a](//cdn.example.com/x.png)"), ["https://cdn.example.com/x.png"], None),
    "a relative address": (said("![a](/files/1.png)"), ["https://gw.example/files/1.png"], None),
    "a relative address in a field": ({"data": [{"url": "/files/1"}]}, ["https://gw.example/files/1"], None),
    "a bare link": (said(f"Your picture: {A}"), [A], "Your picture:"),
    "a bare link in a Chinese sentence": (said(f"图片：{A}，请下载。"), [A], "图片：，请下载。"),
    "a link that is no picture": (
        said(f"![a]({A})\nSee [the docs](https://docs.example.com/page)."),
        [A],
        "See [the docs](https://docs.example.com/page).",
    ),
    "a download link on another host": (said(f"![a]({A})\n[Download](https://dl.example.org/get?id=77)"), [A], None),
    "the same bytes twice": (
        said(f"![1]({URI})\n![2]({URI})", images=[{"image_url": {"url": URI}}]),
        ["image/png"],
        None,
    ),
    "a draft and the final": (
        said(None, images=[{"image_url": {"url": URI}}, {"image_url": {"url": f"data:image/png;base64,{B64_2}"}}]),
        ["image/png", "image/png"],
        None,
    ),
    "a thumbnail that links to a page": (said(f"[![a]({A})](https://site.example/view/1)"), [A], None),
    "a picture that links to a film": (said(f"[![a]({A})](https://site.example/film.mp4)"), [A], None),
    "a percentage link is a preview": (said(f"进度 50..[100]({A})\n![a]({B})"), [B], None),
    "a fence closed on the picture's line": (
        said('```json\n{"prompt": "a ``` b", "n": 1}\n```![a](' + A + ")"),
        [A],
        None,
    ),
    "a fence that is never opened by JSON": (said(f"```\nhello\n```\n![a]({A})"), [A], "``` hello ```"),
    "an inline thought": (said(f"<think>maybe ![x]({B})</think>Here: ![a]({A})"), [A], "Here:"),
    "reasoning with addresses": (said(f"![a]({A})", reasoning_content=f"![draft]({B}) then done"), [A], None),
    "only choice 1": (
        {"choices": [{"index": 1, "message": {"content": f"![a]({A})"}, "finish_reason": "STOP"}]},
        [A],
        None,
    ),
    "one picture per choice": (
        {
            "choices": [
                {"index": 1, "message": {"content": f"![a]({B})"}},
                {"index": 0, "message": {"content": f"![a]({A})"}},
            ]
        },
        [A, B],
        None,
    ),
    "native answer of Gemini": (
        {
            "candidates": [
                {
                    "content": {"parts": [{"text": "Hi"}, {"inlineData": {"mimeType": "image/png", "data": B64}}]},
                    "finishReason": "STOP",
                }
            ]
        },
        ["image/png"],
        "Hi",
    ),
    "native answer of the responses endpoint": (
        {"output": [{"type": "image_generation_call", "result": B64}]},
        ["image/png"],
        None,
    ),
    "wrapped in code and data": (
        {"code": 200, "message": "success", "data": {"choices": said(f"![a]({A})")["choices"]}},
        [A],
        None,
    ),
    "wrapped pictures": ({"code": 0, "msg": "ok", "data": {"url": A}}, [A], None),
    "output is a list of addresses": ({"output": [A, B]}, [A, B], None),
    "escaped slashes": (said("![a](https:\\/\\/cdn.example.com\\/a.png)"), [A], None),
    "JSON with the end mark glued on": (as_body(said(f"![a]({A})")) + b"data: [DONE]\n\n", [A], None),
    "JSON with a byte order mark": (b"\xef\xbb\xbf" + as_body(said(f"![a]({A})")), [A], None),
    "JSON lines": (
        as_body(said(f"![a]({A})")) + b"\n" + as_body({"choices": [], "usage": {"total_tokens": 1}}),
        [A],
        None,
    ),
    "only carriage returns": (told(f"![a]({A})").replace(b"\n", b"\r"), [A], None),
    "no space after the colon": (told(f"![a]({A})").replace(b"data: ", b"data:"), [A], None),
    "one line feed between events": (told(f"![a]({A})").replace(b"\n\n", b"\n"), [A], None),
    "a line separator inside JSON": (told(f"a\u2028b ![a]({A})").replace(b"\\u2028", "\u2028".encode()), [A], "a b"),
    "a misspelt end": (told(f"![a]({A})", done=False) + b"data: DONE\n\n", [A], None),
    "an undecodable line": (b"data: {oops\n\n" + told(f"![a]({A})"), [A], None),
    "a surrogate pair split over deltas": (
        b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n'
        b'data: {"choices":[{"delta":{"content":"\\ude00 ok "},"finish_reason":"stop","index":0}]}\n\n'
        + told(f"![a]({A})"),
        [A],
        "😀 ok",
    ),
    "deltas, then the whole message": (
        told("Here: ", f"![a]({A})", done=False) + b"data: " + as_body(said(f"Here: ![a]({A})")) + b"\n\n",
        [A],
        "Here:",
    ),
    "an image in the chunk that finishes": (told("Hi", images=[{"image_url": {"url": URI}}]), ["image/png"], "Hi"),
    "a refusal's words beside a picture": (
        said(f"I cannot show violence, so here is a calm one. ![a]({A})"),
        [A],
        "I cannot show violence, so here is a calm one.",
    ),
    "a picture of error status": (said(f"![a]({A})"), [A], None),
    "numbered pictures": (said(f"1. ![a]({A})\n2. ![b]({B})"), [A, B], None),
    "the body is the picture": (PNG, ["image/png"], None),
    "a poster and a player": (
        said(f'![poster]({A})\n<video src="https://v.example/x.mp4" poster="{B}"></video>'),
        [A],
        '<video src="https://v.example/x.mp4" poster="https://cdn.example.com/b.webp?sig=1%2F2"></video>',
    ),
    "markdown and bare in one line": (said(f"{A} ![a]({A})"), [A], None),
    "content that is a JSON document": (said(json.dumps({"created": 1, "data": [{"url": A}]})), [A], None),
    "a completed image event": (
        b'event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","b64_json":"'
        + B64_2.encode()
        + b'"}\n\nevent: image_generation.completed\ndata: {"type":"image_generation.completed","b64_json":"'
        + B64.encode()
        + b'"}\n\n',
        ["image/png"],
        None,
    ),
    "an advertisement's banner": (
        said(f"![a]({A})\n\n---\n\n**Sponsor**\n[![b](https://ads.example/b.png)](https://ads.example/redirect/1)"),
        [A],
        "--- **Sponsor**",
    ),
    "one picture to look at and to download": (
        said("[查看原图](https://f.example/cdn/abc.png)\n[点击下载](https://f.example/cdn/download/abc.png)"),
        ["https://f.example/cdn/abc.png"],
        None,
    ),
    "a relative thumbnail of itself": (
        said("[![#1 a](/media/1.jpg?w=9)](/media/1.jpg)"),
        ["https://gw.example/media/1.jpg"],
        None,
    ),
    "bytes and their stored copy in one text": (said(f"![a]({URI})\n![a]({A})"), ["image/png"], None),
    "a fence that never closes": (said('```json\n{"prompt": "x"}\n\n![a](' + A + ")"), [A], None),
    "a lazy image tag": (said(f'<IMG data-src="/wait.gif" SRC="{A}">'), [A], None),
    "an address with words in Chinese": (
        said("![猫](https://p.example/一只猫?w=1)"),
        ["https://p.example/一只猫?w=1"],
        None,
    ),
    "strings among the parts are words": (
        said(["https://docs.example.com/page", {"image": A}]),
        [A],
        "https://docs.example.com/page",
    ),
    "a list": (said(f"Two:\n- ![a]({A})\n- ![b]({B})\n\nEnjoy!"), [A, B], "Two: Enjoy!"),
    "an address in bold, code and angle brackets": (said(f"**{A}** `{A}` <{A}>"), [A], None),
    "a picture cut off by its own end mark only": (told(URI, finish=None), ["image/png"], None),
    "one of several results failed": ({"data": [{"url": A}, {"error": {"code": "x_y", "message": "no"}}]}, [A], None),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_found_once_and_its_words_remain(name: str) -> None:
    body, images, text = PICTURES[name]
    answer = read(as_body(body), base_url="https://gw.example/v1")
    assert (answer.outcome, seen(answer)) == ("images", images)
    assert (" ".join(answer.text.split()) if answer.text else None) == text
    assert answer.complete


NO_PICTURES: dict[str, tuple[Any, int, str, UpstreamError | None, bool | None]] = {
    "a promise": (said("Here is your tiger!"), 200, "text_only", None, None),
    "films only": (said("[play](https://v.example/x.mp4) https://v.example/y.webm"), 200, "text_only", None, None),
    "a placeholder": (
        said("![image](image_url) ![x](sandbox:/mnt/data/x.png)"),
        200,
        "error",
        UpstreamError(code="empty_response"),
        False,
    ),
    "a model that only writes": (
        said("I'm a text-based AI, so I can't generate images directly, but here is a description."),
        200,
        "text_only",
        None,
        None,
    ),
    "a data URI explained": (
        said("Use data:image/png;base64,iVBORw0KGgo... in your page."),
        200,
        "text_only",
        None,
        None,
    ),
    "a Chinese refusal": (said("抱歉，我无法生成该图片，因为它违反了我们的内容政策。"), 200, "refusal", None, False),
    "a short refusal": (said("I'm sorry, but I can't assist with that request."), 200, "refusal", None, False),
    "a Japanese refusal": (
        said("申し訳ありませんが、そのリクエストにはお応えできません。"),
        200,
        "refusal",
        None,
        False,
    ),
    "a Spanish refusal": (
        said("Lo siento, no puedo generar esa imagen porque infringe las políticas de contenido."),
        200,
        "refusal",
        None,
        False,
    ),
    "a French refusal": (
        said("Désolé, je ne peux pas créer cette image, elle enfreint notre politique."),
        200,
        "refusal",
        None,
        False,
    ),
    "a German refusal": (
        said("Das kann ich leider nicht erstellen, da es gegen unsere Richtlinien verstößt."),
        200,
        "refusal",
        None,
        False,
    ),
    "a Russian refusal": (
        said("Извините, я не могу создать это изображение: оно нарушает правила."),
        200,
        "refusal",
        None,
        False,
    ),
    "a Korean refusal": (
        said("죄송하지만 해당 이미지는 정책에 위반되어 생성할 수 없습니다."),
        200,
        "refusal",
        None,
        False,
    ),
    "a streamed refusal in words": (
        told("I'm sorry, ", "I can't create images of real people ", "in violent scenes."),
        200,
        "refusal",
        None,
        False,
    ),
    "finish_reason content_filter": (
        told("Sure", finish="content_filter"),
        200,
        "refusal",
        UpstreamError(code="content_filter"),
        False,
    ),
    "a native reason": (
        {"choices": [{"message": {"content": None}, "finish_reason": "stop", "native_finish_reason": "IMAGE_SAFETY"}]},
        200,
        "refusal",
        UpstreamError(code="IMAGE_SAFETY"),
        False,
    ),
    "a blocked prompt at Gemini": (
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
        200,
        "refusal",
        UpstreamError(code="PROHIBITED_CONTENT"),
        False,
    ),
    "moderation with status 500": (
        {
            "error": {
                "message": "Your request was rejected by the safety system.",
                "type": "x",
                "code": "moderation_blocked",
            }
        },
        500,
        "refusal",
        UpstreamError("Your request was rejected by the safety system.", "moderation_blocked", "x"),
        False,
    ),
    "moderation by words alone": (
        {"error": {"message": "提示词包含敏感内容，请修改后重试", "code": 400}},
        400,
        "refusal",
        UpstreamError("提示词包含敏感内容，请修改后重试", 400),
        False,
    ),
    "a failure in words": (said("> 🕐 排队中\n\n❌ 生成失败：上游超时"), 200, "error", UpstreamError("上游超时"), True),
    "a moderated failure in words": (
        said("生成失败 ❌\n失败原因：内容违反了我们的内容政策"),
        200,
        "refusal",
        UpstreamError("内容违反了我们的内容政策"),
        False,
    ),
    "an output moderation": (
        said("生成失败 ❌\n失败原因：output_moderation"),
        200,
        "refusal",
        UpstreamError("output_moderation", "output_moderation"),
        False,
    ),
    "error as a list": (
        [{"error": {"code": 429, "message": "Resource has been exhausted", "status": "RESOURCE_EXHAUSTED"}}],
        429,
        "error",
        UpstreamError("Resource has been exhausted", 429),
        True,
    ),
    "error inside a list": (
        {"error": [{"message": "bad size", "code": "invalid_size"}]},
        400,
        "error",
        UpstreamError("bad size", "invalid_size"),
        False,
    ),
    "code and message with status 200": (
        {"code": 500, "message": "渲染失败", "data": None},
        200,
        "error",
        UpstreamError("渲染失败", 500),
        None,
    ),
    "code as a word with status 200": (
        {"code": "DataInspectionFailed", "message": "Input data may contain inappropriate content.", "request_id": "1"},
        200,
        "refusal",
        UpstreamError("Input data may contain inappropriate content.", "DataInspectionFailed"),
        False,
    ),
    "detail holding an error": (
        {"detail": {"error": {"message": "no such user", "code": "user_missing"}}},
        400,
        "error",
        UpstreamError("no such user", "user_missing"),
        False,
    ),
    "detail as a string": ({"detail": "Not authenticated"}, 401, "error", UpstreamError("Not authenticated"), False),
    "detail as a list": (
        {"detail": [{"loc": ["body", "n"], "msg": "field required", "type": "missing"}]},
        422,
        "error",
        UpstreamError("field required", None, "missing"),
        False,
    ),
    "JSON in a string in JSON": (
        {"error": {"message": '{"error":{"message":"slow down","code":"rate_limit_exceeded"}}', "type": "upstream"}},
        429,
        "error",
        UpstreamError("slow down", "rate_limit_exceeded", "upstream"),
        True,
    ),
    "the whole body is JSON in a string": (
        json.dumps(json.dumps({"error": {"message": "x y", "code": 401}})).encode(),
        401,
        "error",
        UpstreamError("x y", 401),
        False,
    ),
    "error beside choices in a chunk": (
        b'data: {"id":"1","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],'
        b'"error":{"code":"server_error","message":"Provider disconnected unexpectedly"}}\n\n',
        200,
        "error",
        UpstreamError("Provider disconnected unexpectedly", "server_error"),
        True,
    ),
    "an error event without a code": (
        b'data: {"choices":[{"delta":{"content":"a"}}]}\n\nevent: error\ndata: {"message":"boom"}\n\n',
        200,
        "error",
        UpstreamError("boom"),
        True,
    ),
    "an HTML page": (
        b"<html><head><title>502 Bad Gateway</title></head>"
        b"<body><img src='https://x.example/logo.png'><center>nginx</center></body></html>",
        502,
        "error",
        UpstreamError("502 Bad Gateway", 502),
        True,
    ),
    "an HTML page with status 200": (
        b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>",
        200,
        "error",
        UpstreamError("Just a moment..."),
        None,
    ),
    "a plain refusal of a proxy": (
        b"upstream request timeout",
        504,
        "error",
        UpstreamError("upstream request timeout"),
        True,
    ),
    "an empty 524": (b"", 524, "error", UpstreamError(), True),
    "quota as text": (
        {
            "error": {
                "message": "用户额度不足, 剩余额度: ＄0.01",
                "type": "new_api_error",
                "code": "insufficient_user_quota",
            }
        },
        403,
        "error",
        UpstreamError("用户额度不足, 剩余额度: ＄0.01", "insufficient_user_quota", "new_api_error"),
        False,
    ),
    "quota at Gemini that is a rate limit": (
        {"error": {"code": 429, "message": "You exceeded your current quota. Please retry in 12.5s."}},
        429,
        "error",
        UpstreamError("You exceeded your current quota. Please retry in 12.5s.", 429),
        True,
    ),
    "not a chat model": (
        {
            "error": {
                "message": "This is not a chat model and thus not supported in the v1/chat/completions endpoint.",
                "type": "invalid_request_error",
                "param": "model",
                "code": None,
            }
        },
        404,
        "error",
        UpstreamError(
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint.",
            None,
            "invalid_request_error",
        ),
        False,
    ),
    "an overloaded group": (
        {"error": {"message": "当前分组上游负载已饱和，请稍后再试", "type": "new_api_error"}},
        429,
        "error",
        UpstreamError("当前分组上游负载已饱和，请稍后再试", None, "new_api_error"),
        True,
    ),
    "a blocked account": (
        {
            "error": {
                "message": "Your account has been suspended for violating our usage policies",
                "code": "account_suspended",
            }
        },
        403,
        "error",
        UpstreamError("Your account has been suspended for violating our usage policies", "account_suspended"),
        False,
    ),
    "an empty stream with an end": (told(), 200, "error", UpstreamError(code="empty_response"), False),
    "only an end mark": (b"data: [DONE]\n\n", 200, "error", UpstreamError(code="empty_response"), True),
    "an empty object": (b"{}", 200, "error", UpstreamError(code="empty_response"), True),
    "null content": (said(None), 200, "error", UpstreamError(code="empty_response"), False),
    "heartbeats and no end": (b": ping\n\n: ping\n\n", 200, "truncated", None, True),
    "nothing at all": (b"", 200, "truncated", None, True),
    "a document cut in the middle": (as_body(said(f"![a]({A})"))[:-9], 200, "truncated", None, True),
    "a stream that stops in an address": (
        told("Look: ![a](https://cdn.exam", finish=None, done=False),
        200,
        "truncated",
        None,
        True,
    ),
    "a stream that stops in a bare address": (
        told("Look: https://cdn.example.com/a.png", finish=None, done=False),
        200,
        "truncated",
        None,
        True,
    ),
    "a stream that stops in a bare data URI": (
        told(f"Look: {URI[:-40]}", finish=None, done=False),
        200,
        "truncated",
        None,
        True,
    ),
    "a quoted failure": (
        said("> 🕐 排队中.\n> ❌ 生成失败\n> 失败原因：input_moderation"),
        200,
        "refusal",
        UpstreamError("input_moderation", "input_moderation"),
        False,
    ),
    "a guarded picture": (
        said(
            "非常抱歉，生成的图片可能违反了关于裸露、色情或情色内容的防护限制。如果你认为此判断有误，请重试或修改提示语。"
        ),
        200,
        "refusal",
        None,
        False,
    ),
    "guardrails": (
        said("We're so sorry, but the image we created may violate our guardrails around nudity or erotic content."),
        200,
        "refusal",
        None,
        False,
    ),
    "a busy gateway's words": (
        said("当前系统繁忙，请稍后再试"),
        200,
        "error",
        UpstreamError("当前系统繁忙，请稍后再试"),
        True,
    ),
    "a failure for want of money": (
        said("生成失败：余额不足，请充值"),
        200,
        "error",
        UpstreamError("余额不足，请充值"),
        False,
    ),
    "a short Portuguese refusal": (said("Desculpe, não posso ajudar com isso."), 200, "refusal", None, False),
    "a story": (said("A cat could not find its safety blanket."), 200, "text_only", None, None),
    "a flagged input with status 403": (
        {"error": {"code": 403, "message": "Your chosen model requires moderation and your input was flagged"}},
        403,
        "refusal",
        UpstreamError("Your chosen model requires moderation and your input was flagged", 403),
        False,
    ),
    "anticipation": (said("I can't wait to show you this cat! It is on its way."), 200, "text_only", None, None),
    "an error event in plain words": (
        b"event: error\ndata: upstream timeout\n\n",
        200,
        "error",
        UpstreamError("upstream timeout"),
        True,
    ),
    "finish_reason error alone": (told("part", finish="error"), 200, "error", UpstreamError(code="error"), True),
    "an error after words": (
        told("hello", finish=None, done=False) + b'data: {"error":{"message":"boom","code":500}}\n\n',
        200,
        "error",
        UpstreamError("boom", 500),
        True,
    ),
    "a failure that links to its explanation": (
        said("❌ Generation failed: see https://docs.example.com/help.png"),
        200,
        "error",
        UpstreamError("see https://docs.example.com/help.png"),
        None,
    ),
    "a prefix before the JSON in a message": (
        {"error": {"message": 'litellm.BadRequestError: {"error":{"message":"bad size"}}', "code": "400"}},
        400,
        "error",
        UpstreamError("bad size", "400"),
        False,
    ),
}


@pytest.mark.parametrize("name", NO_PICTURES)
def test_an_answer_without_a_picture_says_why(name: str) -> None:
    body, status, outcome, error, retryable = NO_PICTURES[name]
    answer = read(as_body(body), status=status)
    assert (answer.outcome, answer.error, answer.retryable) == (outcome, error, retryable)
    assert answer.images == ()
