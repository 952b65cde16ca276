"""Pictures, references, errors and tasks where few gateways put them: each kind has a table."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from generations.protocol.classification import classify
from generations.protocol.exchange import Exchange
from generations.protocol.image_bytes import is_whole
from generations.protocol.reading import deserialized, serialized
from generations.protocol.response import read
from tests.protocol.test_mixtures import B64, B64_2, B64_WEBP, PNG, PNG2, URI, as_body, said, seen, told
from tests.support.samples import animation, picture

HERE = "https://cdn.example/f/abc123"
THERE = "https://cdn.example/f/def456"
URI_2 = f"data:image/png;base64,{B64_2}"
WEBP_URI = f"data:image/webp;base64,{B64_WEBP}"
Case = tuple[Any, list[str], str | None]


def check(body: Any, images: list[str], text: str | None, *, request: Any = None, status: int = 200) -> None:
    sent = None if request is None else as_body(request)
    answer = read(as_body(body), status=status, request=sent, base_url="https://gw.example/v1")
    assert seen(answer) == images
    assert (" ".join(answer.text.split()) if answer.text else None) == text


def kind_of(body: Any, status: int = 200) -> tuple[str, str | None]:
    exchange = Exchange("POST", "u", status=status, body=as_body(body), ended=True)
    found = classify(exchange, read(exchange.body, status=status))
    return found.kind, found.task_id


RELATIVE: dict[str, Case] = {
    "a file's name": (said(f"![x]({HERE})", images=["image.png"]), [HERE], None),
    "a path on the gateway's disk": (said(f"![x]({HERE})", images=[{"url": "/tmp/out/1.png"}]), [HERE], None),
    "a name and no other address": (said("Done", images=["image.png"]), ["https://gw.example/v1/image.png"], "Done"),
    "a path and a plain link": (said(f"See {HERE}.png", images=["/f/1.png"]), ["https://gw.example/f/1.png"], "See"),
    "two paths, one to its root": (
        said("![x](/f/1) ![y](f/2.png)"),
        [f"https://gw.example/{p}" for p in ("f/1", "v1/f/2.png")],
        None,
    ),
}


@pytest.mark.parametrize("name", RELATIVE)
def test_a_relative_address_says_less_than_an_absolute_one(name: str) -> None:
    check(*RELATIVE[name])


LARGE = picture(size=(256, 256))
LARGE_JPEG = picture("JPEG", (256, 256), quality=100)
THUMBNAIL = b"\xff\xe1" + (2 + len(PNG) + 4).to_bytes(2) + b"\xff\xd8" + PNG + b"\xff\xd9"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


HALVES = {
    "PNG": LARGE[: len(LARGE) // 2],
    "JPEG": LARGE_JPEG[: len(LARGE_JPEG) // 2],
    "JPEG with a whole thumbnail": LARGE_JPEG[:2] + THUMBNAIL + LARGE_JPEG[2 : len(LARGE_JPEG) // 2],
    "WebP": picture("WEBP")[:-20],
}


@pytest.mark.parametrize("name", HALVES)
def test_half_a_picture_in_a_field_is_none(name: str) -> None:
    half = encoded(HALVES[name])
    for item in ({"b64_json": half}, {"url": f"data:image/png;base64,{half}"}, {"image": {"data": half}}):
        if "JPEG" not in name:  # whether that is a half, only decoding tells
            assert kind_of({"data": [item]}) == ("bad_picture", None)
        check({**said(f"![x]({URI})"), "data": [item]}, ["image/png"], None)
        check({"data": [item, {"b64_json": B64}]}, ["image/png"], None)


def test_a_whole_reference_that_is_echoed_is_no_broken_picture() -> None:
    body = as_body({"data": [{"b64_json": B64}]})
    answer = read(body, request=as_body(asked(URI)))
    assert classify(Exchange("POST", "u", status=200, body=body, ended=True), answer).kind == "empty_response"


def test_a_picture_is_broken_wherever_its_base64_is_cut() -> None:
    for length in range(400, 404):
        assert kind_of({"data": [{"b64_json": encoded(LARGE)[:length]}]}) == ("bad_picture", None)


WHOLE = {
    "an end marker": LARGE_JPEG,
    "no end marker": LARGE_JPEG[:-2],
    "70 KB behind its end": LARGE_JPEG + bytes(70_000),
    "a thumbnail and 70 KB behind its end": LARGE_JPEG[:2] + THUMBNAIL + LARGE_JPEG[2:] + bytes(70_000),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_jpeg_is_a_picture_whatever_is_behind_its_scan(name: str) -> None:
    check(WHOLE[name], ["image/jpeg"], None)
    assert read(WHOLE[name], ended=False).outcome == "truncated"


TAILS = {
    "GIF": animation("GIF", 3) + bytes(100),
    "SVG": b"<svg xmlns='x'><rect/></svg>" + b"<!-- " + b"a" * 3_000 + b" -->",
    "WebP": picture("WEBP") + bytes(100),
    "PNG": picture() + bytes(100_000),
}


@pytest.mark.parametrize("name", TAILS)
def test_a_picture_with_something_behind_its_end_is_whole(name: str) -> None:
    assert len(read(as_body({"data": [{"b64_json": encoded(TAILS[name])}]})).images) == 1


def test_a_gif_that_is_cut_off_is_not_whole() -> None:
    whole = picture("GIF", size=(300, 200))
    assert is_whole(whole) and not is_whole(whole[: len(whole) // 2] + bytes(100))


def test_a_jpeg_that_ends_before_its_scan_is_none() -> None:
    assert read(LARGE_JPEG[:100]).outcome == "truncated"


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_jpeg_in_a_field_is_a_picture(name: str) -> None:
    check({"data": [{"b64_json": encoded(WHOLE[name])}]}, ["image/jpeg"], None)


PAY = "https://pay.example/qr.png"
REFUSING: dict[str, tuple[Any, int, str]] = {
    "no money": ({"code": 402, "message": "please recharge", "data": [{"url": PAY}]}, 402, "quota_exhausted"),
    "no key": ({"code": 401, "message": "please sign in", "data": [{"url": PAY}]}, 401, "key_refused"),
    "too many": ({"message": "slow down", "images": [PAY]}, 429, "rate_limited"),
    "unavailable": ({"image": PAY}, 503, "upstream_failed"),
    "a logo in words": ({"message": f"![logo]({PAY}) error"}, 500, "upstream_failed"),
    "a logo beside an error": ({"error": {"message": "boom"}, "images": [{"url": PAY}]}, 500, "upstream_failed"),
    "a status page in a choice": (said(f"Service is down, see ![status]({PAY})"), 503, "upstream_failed"),
    "a logo as data in words": ({"message": f"<img src='{URI}'> Internal error"}, 500, "upstream_failed"),
    "an output": ({"output": [PAY], "message": "no"}, 500, "upstream_failed"),
    "a field nobody knows": ({"message": "oops", "help": {"image_url": PAY}}, 500, "upstream_failed"),
    "no money under 200": (
        {"code": 402, "message": "余额不足，请充值", "data": [{"url": PAY}]},
        200,
        "quota_exhausted",
    ),
    "no key under 200": ({"code": "401", "msg": "请登录", "data": {"image": PAY}}, 200, "key_refused"),
}


@pytest.mark.parametrize("name", REFUSING)
def test_an_address_in_a_refusal_is_no_picture(name: str) -> None:
    body, status, kind = REFUSING[name]
    assert kind_of(body, status) == (kind, None)


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"b64_json": B64}], "error": {"message": "one of two failed"}},
        {"message": "partial", "images": [B64, PAY]},
        said(f"![x]({URI}) ![logo]({PAY})"),
    ],
)
@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_a_picture_that_comes_as_data_is_kept_whatever_the_status(body: Any, status: int) -> None:
    assert seen(read(as_body(body), status=status)) == ["image/png"]


def test_a_good_code_or_a_partial_failure_leaves_an_address_a_picture() -> None:
    for body in (
        {"code": 200, "message": "ok", "data": [{"url": PAY}]},
        {"code": 429, "message": "success", "data": [{"url": PAY}]},
        {"data": [{"url": PAY}], "error": {"code": 429, "message": "one of two failed"}},
    ):
        check(body, [PAY], None)


PARTIAL: dict[str, Any] = {
    "one of two": {"success": False, "message": "1 of 2 images failed", "data": [{"url": PAY}]},
    "in an object": {"success": False, "msg": "部分图片生成失败", "data": {"images": [PAY]}},
    "one was blocked": {"code": 403, "msg": "1 image blocked by moderation", "data": [{"url": PAY}]},
    "one was too many": {"code": 429, "message": "one of two was rate limited", "data": [{"url": PAY}]},
    "without words of a key": {"code": 401, "message": "one of two failed", "data": [{"url": PAY}]},
    "no credit for the second": {"success": False, "message": "not enough credits for 2", "data": [{"url": PAY}]},
}


@pytest.mark.parametrize("name", PARTIAL)
def test_a_picture_beside_a_partial_failure_is_kept_and_the_failure_told(name: str) -> None:
    body = PARTIAL[name]
    check(body, [PAY], None)
    assert kind_of(body) == ("", None)
    assert read(as_body(body)).remark == body.get("message", body.get("msg"))


def asked(*references: str) -> dict[str, Any]:
    parts = [{"type": "image_url", "image_url": {"url": reference}} for reference in references]
    return {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "edit"}, *parts]}]}


ECHOED: dict[str, Case] = {
    "one of one": (said(f"Original: ![in]({URI})\n\nEdited: ![out]({HERE})"), [HERE], "Original: Edited:"),
    "two of two": (said(f"![a]({URI}) ![b]({URI_2}) ![c]({HERE}) ![d]({THERE})"), [HERE, THERE], None),
    "in a row": (said(f"![in]({URI})\n![out]({HERE})"), [HERE], None),
    "before its result and a stored copy": (
        said(f"![in]({URI}) ![out]({WEBP_URI}) ![copy]({HERE})"),
        ["image/webp"],
        None,
    ),
    "beside its result in one object": ({"data": [{"b64_json": B64, "url": HERE}]}, [HERE], None),
    "in the image of an object": ({"data": [{"image": URI, "url": HERE}]}, [HERE], None),
    "in another place than the result": (
        said(f"Edited: ![x]({HERE})", images=[{"image_url": {"url": URI}}]),
        [HERE],
        "Edited:",
    ),
    "in JSON": (said(json.dumps({"images": [{"b64_json": B64, "url": HERE}]})), [HERE], None),
    "in a part that says what it is": ({"zeug": [{"type": "image", "data": B64, "url": HERE}]}, [HERE], None),
    "alone": (said(f"Original: ![in]({URI})"), [], "Original:"),
}


@pytest.mark.parametrize("name", ECHOED)
def test_an_echoed_reference_does_not_stand_for_the_result(name: str) -> None:
    check(*ECHOED[name], request=asked(URI, URI_2))


WORDS_OF_COPIES = [
    "图片链接：",
    "原图：",
    "图床地址：",
    "高清图：",
    "View full size:",
    "If the image does not load, open it here: ",
    "I hope that you like how the light falls on its fur.",
]


@pytest.mark.parametrize("words", WORDS_OF_COPIES)
@pytest.mark.parametrize("lead", ["", "Here is your image:\n"])
def test_an_address_behind_ordinary_words_is_a_copy_of_the_data(words: str, lead: str) -> None:
    assert seen(read(as_body(said(f"{lead}![image]({URI})\n\n{words}![image]({HERE})")))) == ["image/png"]
    many = f"{lead}![a]({URI})\n![b]({URI_2})\n\n{words}![image]({HERE})\n![image]({THERE})"
    assert seen(read(as_body(said(many)))) == ["image/png"] * 2


@pytest.mark.parametrize("words", WORDS_OF_COPIES)
def test_an_echoed_reference_has_no_copy(words: str) -> None:
    body = said(f"![image]({URI})\n\n{words}![image]({HERE})")
    assert seen(read(as_body(body), request=as_body(asked(URI)))) == [HERE]


@pytest.mark.parametrize(
    "labels",
    [
        ("Draft:", "Final:"),
        ("草图：", "成品："),
        ("草图：", "高清图："),
        ("First", "Second:"),
        ("参考图：", "生成图："),
    ],
)
def test_a_draft_and_its_final_picture_are_two(labels: tuple[str, str]) -> None:
    text = f"{labels[0]}\n![a]({URI})\n\n{labels[1]}\n![b]({HERE})"
    assert seen(read(as_body(said(text)))) == ["image/png", HERE]


COPIED: dict[str, Case] = {
    "below": (said(f"![a]({URI})\n![a]({HERE})"), ["image/png"], None),
    "above": (said(f"![a]({HERE})\n\n![a]({URI})"), ["image/png"], None),
    "named": (said(f"![a]({URI})\n\n**Stored copy:** ![a]({HERE})"), ["image/png"], "**Stored copy:**"),
    "two pairs": (said(f"![a]({URI})\n![a]({HERE})\n\nAnd\n\n![b]({URI_2})\n![b]({THERE})"), ["image/png"] * 2, "And"),
    "two, then their copies": (
        said(f"![a]({URI})\n![b]({URI_2})\n![a]({HERE})\n![b]({THERE})"),
        ["image/png"] * 2,
        None,
    ),
    "a draft and what came of it": (said(f"Draft: {URI} Final: ![f]({HERE})"), ["image/png", HERE], "Draft: Final:"),
    "two styles": (
        said(f"As a sketch:\n![a]({URI})\n\nIn oil:\n![b]({HERE})"),
        ["image/png", HERE],
        "As a sketch: In oil:",
    ),
}


@pytest.mark.parametrize("name", COPIED)
def test_an_address_is_a_copy_only_right_beside_its_data(name: str) -> None:
    check(*COPIED[name])


def choice(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "finish_reason": "stop", **fields}]}


ITEM = ["image/png"]
ON_A_CHOICE: dict[str, Case] = {
    "url": (choice(url=HERE), [HERE], None),
    "image_url": (choice(image_url=HERE), [HERE], None),
    "image_url as an object": (choice(image_url={"url": HERE}), [HERE], None),
    "b64_json": (choice(b64_json=B64), ITEM, None),
    "image_base64": (choice(image_base64=B64), ITEM, None),
    "data": (choice(data=[{"url": HERE}]), [HERE], None),
    "content": (choice(content=f"Hi ![x]({HERE})"), [HERE], "Hi"),
    "content that is data": (choice(content=URI), ITEM, None),
    "content of parts": (choice(content=[{"type": "text", "text": "Hi"}, {"image": HERE}]), [HERE], "Hi"),
    "output": (choice(output=HERE), [HERE], None),
    "a list of outputs": (choice(output=[HERE, THERE]), [HERE, THERE], None),
    "attachments": (choice(attachments=[{"url": f"{HERE}.png"}]), [f"{HERE}.png"], None),
    "multi_mod_content": (choice(multi_mod_content=[{"inline_data": {"data": B64}}, {"text": "Hi"}]), ITEM, "Hi"),
    "messages": (choice(messages=[{"role": "assistant", "content": f"![x]({HERE})"}]), [HERE], None),
    "the last of messages": (
        choice(messages=[{"role": "user", "content": f"![x]({THERE})"}, {"role": "assistant", "images": [HERE]}]),
        [HERE],
        None,
    ),
    "a message that is a text": (choice(message=f"Hi ![x]({HERE})"), [HERE], "Hi"),
    "a delta that is a text": (choice(delta=f"![x]({HERE})"), [HERE], None),
    "a message without a word": (choice(message={"role": "assistant", "content": None}, image_url=HERE), [HERE], None),
    "a message with words": (choice(message={"content": "Hi"}, images=[{"url": HERE}]), [HERE], "Hi"),
    "a text beside the same message": (
        choice(message={"content": f"![x]({HERE})"}, text=f"![x]({HERE})"),
        [HERE],
        None,
    ),
    "the image of its message once more": (choice(message={"images": [HERE]}, images=[THERE]), [HERE], None),
    "a name nobody knows": (choice(zeichnung={"roh": B64}), ITEM, None),
    "a call": (choice(tool_calls=[{"function": {"name": "show", "arguments": json.dumps({"i": B64})}}]), ITEM, None),
    "an object in place of the list": ({"choices": choice(message={"content": URI})["choices"][0]}, ITEM, None),
    "a list in a list": ({"choices": [choice(message={"content": URI})["choices"]]}, ITEM, None),
    "an object by numbers": (
        {"choices": {"0": {"message": {"content": f"![x]({HERE})"}}, "1": {"url": THERE}}},
        [HERE, THERE],
        None,
    ),
    "a list of texts": ({"choices": [f"![x]({HERE})", f"![x]({THERE})"]}, [HERE, THERE], None),
    "a list of data": ({"choices": [URI]}, ITEM, None),
    "a text": ({"choices": f"![x]({HERE})"}, [HERE], None),
    "a candidate": ({"candidates": [{"image": {"data": B64}, "finishReason": "STOP"}]}, ITEM, None),
    "in a stream": (
        b"".join(
            b"data: " + as_body({"choices": [{"index": 0, "content": piece, "finish_reason": None}]}) + b"\n\n"
            for piece in ("Hi ![x](", HERE, ") there")
        )
        + b"data: [DONE]\n\n",
        [HERE],
        "Hi there",
    ),
    "one after the other in a stream": (
        b"".join(b"data: " + as_body(choice(delta={}, images=[url])) + b"\n\n" for url in (HERE, THERE)),
        [HERE, THERE],
        None,
    ),
}


@pytest.mark.parametrize("name", ON_A_CHOICE)
def test_a_picture_on_the_choice_itself_is_found(name: str) -> None:
    check(*ON_A_CHOICE[name])


@pytest.mark.parametrize(
    "fields",
    [
        {"message": {"content": "Hi"}, "logprobs": {"content": [{"token": f"{HERE}.png"}]}},
        {"message": {"content": "Hi"}, "prompt": f"{HERE}.png"},
        {"message": {"content": "Hi"}, "messages": [{"role": "user", "content": f"![x]({HERE})"}]},
    ],
)
def test_what_is_not_drawn_on_a_choice_is_no_picture(fields: dict[str, Any]) -> None:
    check(choice(**fields), [], "Hi")


def fenced(document: Any) -> str:
    return f"```json\n{json.dumps(document, indent=1)}\n```"


IN_BLOCKS: dict[str, Case] = {
    "image_url": (said(fenced({"image_url": f"{HERE}.png"})), [f"{HERE}.png"], None),
    "image_url without an extension": (said(fenced({"image_url": HERE})), [HERE], None),
    "image_urls": (said(fenced({"image_urls": [HERE, THERE]})), [HERE, THERE], None),
    "data and a size": (said(fenced({"b64_json": B64, "size": "1024x1024"})), ITEM, None),
    "a list": (said("Hi\n" + fenced([{"image_url": HERE}, {"image_url": THERE}])), [HERE, THERE], "Hi"),
    "a list of texts": (said(fenced([f"{HERE}.png"]) + "\nBye"), [f"{HERE}.png"], "Bye"),
    "a body": (said("Hi\n" + fenced({"created": 1, "data": [{"url": HERE}]}) + "\nBye"), [HERE], "Hi Bye"),
    "a revised prompt": (said(fenced({"data": [{"url": HERE, "revised_prompt": "a cat"}]})), [HERE], None),
    "beside the prompt": (said(fenced({"images": [{"url": HERE}], "prompt": "a cat"})), [HERE], None),
    "unfenced, before words": (
        said(json.dumps({"url": f"{HERE}.png", "size": "1x1"}) + "\nDone!"),
        [f"{HERE}.png"],
        "Done!",
    ),
    "unfenced, with its size": (
        said(json.dumps({"images": [{"url": f"{HERE}.png", "width": 1024}]}) + "\n\nEnjoy"),
        [f"{HERE}.png"],
        "Enjoy",
    ),
    "unfenced list": (said(json.dumps([{"image_url": HERE}]) + "\nEnjoy"), [HERE], "Enjoy"),
    "unfenced and alone": (said(json.dumps({"images": [{"url": HERE}], "prompt": "a cat"})), [HERE], None),
    "two": (said(f"{fenced({'image_url': HERE})}\nand\n{fenced({'image_url': THERE})}"), [HERE, THERE], "and"),
    "data and its stored copy": (said(fenced({"b64_json": B64, "size": "1x1"}) + f"\n![a]({HERE})"), ITEM, None),
    "a draft as JSON, then the final": (
        said(f"Draft:\n{fenced({'data': [{'b64_json': B64}]})}\nFinal:\n![a]({HERE})"),
        ["image/png", HERE],
        "Draft: Final:",
    ),
    "parameters, then a result": (said(fenced({"prompt": "x", "image_url": THERE}) + f"\n![a]({HERE})"), [HERE], None),
    "parameters, then a plain link": (
        said(fenced({"prompt": "x", "image": THERE}) + f"\n{HERE}.png"),
        [f"{HERE}.png"],
        None,
    ),
    "parameters, then a result as JSON": (
        said(fenced({"prompt": "x", "image_url": THERE}) + "\n" + fenced({"data": [{"url": HERE}]})),
        [HERE],
        None,
    ),
    "what its own prompt names": (
        said(fenced({"prompt": f"{HERE}.png red", "image_url": f"{HERE}.png"}) + "\nOK"),
        [],
        "OK",
    ),
    "parameters, then a failure": (
        said(fenced({"prompt": "x", "image_url": HERE}) + "\n生成失败：超时"),
        [],
        "生成失败：超时",
    ),
    "an example of a call": (
        said("Use\n" + fenced({"url": "https://api.example/v1/images", "method": "POST"})),
        [],
        'Use ```json { "url": "https://api.example/v1/images", "method": "POST" } ```',
    ),
    "parameters alone": (said(fenced({"prompt": "a cat", "n": 1}) + "\nOn it."), [], "On it."),
}


@pytest.mark.parametrize("name", IN_BLOCKS)
def test_json_that_holds_a_picture_is_more_than_call_parameters(name: str) -> None:
    check(*IN_BLOCKS[name])


def test_call_parameters_that_repeat_a_reference_hold_nothing_new() -> None:
    for fields in ({"image_url": HERE}, {"image_urls": [HERE, URI]}, {"images": [{"url": HERE}], "size": "1x1"}):
        for text in (
            f"{fenced({'prompt': 'x', **fields})}\nOn it.",
            f"{json.dumps({'prompt': 'x', **fields})}\nOn it.",
        ):
            check(said(text), [], "On it.", request=asked(HERE, URI))


def test_an_address_among_call_parameters_is_no_result_of_an_answer_that_is_cut() -> None:
    call = {"prompt": "x", "image_url": HERE}
    for pieces in ((fenced(call), "\n> 进度 10"), (json.dumps(call),), (json.dumps(call), "\n> 进度 10")):
        assert seen(read(told(*pieces, finish=None, done=False))) == []


CALL = {"prompt": "make it blue", "ratio": "1:1", "image_urls": [f"{THERE}.png"]}
GIVEN: dict[str, Any] = {
    "then progress": fenced(CALL) + "\n> 排队中.\n> 进度 14%",
    "then a promise": fenced(CALL) + "\nHere is your tiger!",
    "alone": fenced(CALL),
    "unfenced, then a promise": json.dumps(CALL) + "\nI will draw it now.",
    "unfenced and alone": json.dumps(CALL),
    "one address": fenced({"prompt": "x", "image_url": f"{THERE}.png"}) + "\nEnjoy",
    "in the arguments of a tool": fenced({"action": "draw", "action_input": json.dumps(CALL)}),
    "in an object": fenced({"tool": "draw", "data": CALL}),
    "images, then a promise": fenced({"prompt": "x", "images": [HERE]}) + "\nI will draw it now.",
    "a url, then progress": fenced({"size": "1x1", "url": HERE}) + "\n> 进度 14%",
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_reference_among_call_parameters_is_no_result(name: str) -> None:
    assert seen(read(as_body(said(GIVEN[name])))) == []


def test_call_parameters_of_any_depth_are_read() -> None:
    deep = '{"prompt": "x", "image_url": "' + HERE + '", "a": ' + "[" * 900 + "]" * 900 + "}"
    for text in (deep, f"```json\n{deep}\n```", f"{deep}\nOn it."):
        assert seen(read(as_body(said(text)))) == []


@pytest.mark.parametrize("key", ["url", "result", "output", "images"])
def test_what_call_parameters_name_as_their_result_is_one(key: str) -> None:
    for document in ({"prompt": "x", key: f"{HERE}.png"}, {"prompt": "x", key: [f"{HERE}.png"]}):
        check(said(fenced(document)), [f"{HERE}.png"], None)
        check(said(json.dumps(document)), [f"{HERE}.png"], None)


@pytest.mark.parametrize(
    "key", ["ref_image", "source", "base_image", "style_image", "control_image", "src_img", "homepage_image", "ref"]
)
@pytest.mark.parametrize("dress", [fenced, json.dumps])
def test_an_address_that_json_names_as_given_is_no_picture(key: str, dress: Callable[[Any], str]) -> None:
    block = dress({"model": "flux", key: f"{THERE}.png"})
    for words in (f"{HERE}.png", f"[点击下载]({HERE}.png)", f"图片地址：{HERE}.png"):
        assert seen(read(as_body(said(f"{block}\n{words}")))) == [f"{HERE}.png"]


@pytest.mark.parametrize("key", ["source", "src"])
def test_a_source_alone_is_the_picture(key: str) -> None:
    assert seen(read(as_body(said(fenced({key: f"{HERE}.png", "alt": "a cat"}))))) == [f"{HERE}.png"]
    assert seen(read(as_body(said(fenced({"images": [{key: f"{HERE}.png"}]}))))) == [f"{HERE}.png"]
    assert seen(read(as_body(said("Hi", **{key: f"{HERE}.png"})))) == [f"{HERE}.png"]


def test_addresses_in_json_and_links_are_equals() -> None:
    block = fenced({"model": "flux", "photo": f"{THERE}.png"})
    assert seen(read(as_body(said(f"{block}\n{HERE}.png")))) == [f"{THERE}.png", f"{HERE}.png"]
    assert seen(read(as_body(said(f"{HERE}.png\n{block}")))) == [f"{HERE}.png", f"{THERE}.png"]
    assert seen(read(as_body(said(f"{block}\n![x]({HERE})")))) == [HERE]
    assert seen(read(as_body(said(f"{block}\n[download]({THERE}.png?download=1)")))) == [f"{THERE}.png"]


DRAWN = "https://image.example/prompt/a%20cat%20(cute)"
ALONE: dict[str, Case] = {
    "alone": (said(DRAWN), [DRAWN], None),
    "behind words": (said(f"Here is your image: {DRAWN}"), [DRAWN], "Here is your image:"),
    "in parentheses": (said(f"Here is your image: ({DRAWN})."), [DRAWN], "Here is your image:"),
    "in angle brackets": (said(f"<{DRAWN}>"), [DRAWN], None),
    "in square brackets": (said(f"[{DRAWN}]"), [DRAWN], None),
    "at the end of a sentence": (said(f"图片：{DRAWN}。"), [DRAWN], "图片："),
    "parentheses in parentheses": (said(f"{DRAWN}((b)c)"), [f"{DRAWN}((b)c)"], None),
    "a query behind them": (said(f"{DRAWN}?seed=1&width=9"), [f"{DRAWN}?seed=1&width=9"], None),
    "wide parentheses": (said("https://image.example/p/猫（白）"), ["https://image.example/p/猫（白）"], None),
    "square brackets": (said("https://image.example/p/cat[1]"), ["https://image.example/p/cat[1]"], None),
    "an apostrophe": (said("https://image.example/p/cat's%20hat"), ["https://image.example/p/cat's%20hat"], None),
    "apostrophes around it": (said(f"'{DRAWN}'"), [DRAWN], None),
    "one on each line": (said(f"- {DRAWN}\n- {DRAWN}2(b)"), [DRAWN, f"{DRAWN}2(b)"], None),
}


@pytest.mark.parametrize("name", ALONE)
def test_a_lone_address_keeps_the_brackets_that_it_opens(name: str) -> None:
    check(*ALONE[name])


ONE = f"[CQ:image,file=base64://{B64}]"
DRESSES: dict[str, Case] = {
    "a code of OneBot": (said(f"Hi\n{ONE}"), ITEM, "Hi"),
    "a code of OneBot with an address": (said(f"[CQ:image,file={HERE}?a=1&amp;b=2]"), [f"{HERE}?a=1&b=2"], None),
    "a code of OneBot with a name": (said(f"[CQ:image,file=ab12.image,subType=0,url={HERE}]Bye"), [HERE], "Bye"),
    "two codes of OneBot": (said(f"[CQ:image,file={HERE}][CQ:image,file={THERE}]"), [HERE, THERE], None),
    "a part of OneBot": (said([{"type": "image", "data": {"file": f"base64://{B64}"}}]), ITEM, None),
    "base64://": (said(f"base64://{B64}"), ITEM, None),
    "base64:// among words": (said(f"Hi base64://{B64} bye"), ITEM, "Hi bye"),
    "base64:// in Markdown": (said(f"![x](base64://{B64})"), ITEM, None),
    "base64:// in a field": ({"data": [{"url": f"base64://{B64}"}]}, ITEM, None),
    "a list in a string": ({"output": json.dumps([f"{HERE}.png"])}, [f"{HERE}.png"], None),
    "a short list in a string": ({"result": '["https://a.b/c"]'}, ["https://a.b/c"], None),
    "an object in a string": ({"output": json.dumps({"image_url": HERE})}, [HERE], None),
    "addresses on lines": ({"data": [{"url": f"{HERE}.png\n{THERE}.png\n"}]}, [f"{HERE}.png", f"{THERE}.png"], None),
    "addresses on lines without extensions": ({"data": [{"url": f"{HERE}\n{THERE}"}]}, [HERE, THERE], None),
    "addresses behind commas": ({"images": [f"{HERE}.png, {THERE}.png"]}, [f"{HERE}.png", f"{THERE}.png"], None),
    "addresses behind semicolons": ({"output": f"{HERE}.png;{THERE}.png"}, [f"{HERE}.png", f"{THERE}.png"], None),
    "addresses in a place nobody listed": ({"zeug": f"{HERE}.png|{THERE}.png"}, [f"{HERE}.png", f"{THERE}.png"], None),
    "an address in an address": (
        {"data": [{"url": f"https://proxy.example/fit,{HERE}"}]},
        [f"https://proxy.example/fit,{HERE}"],
        None,
    ),
    "a sample": ({"status": "Ready", "result": {"sample": HERE}}, [HERE], None),
    "samples": ({"output": {"samples": [{"url": HERE}, {"url": THERE}]}}, [HERE, THERE], None),
    "an object of numbers": ({"images": {"0": {"url": HERE}, "1": {"url": THERE}}}, [HERE, THERE], None),
    "an object of numbers in data": ({"data": {"0": {"url": HERE}}}, [HERE], None),
    "an object of numbers in a message": (said(None, images={"0": HERE}), [HERE], None),
    "an object of files": ({"images": {"cat.png": {"url": HERE}, "dog.png": {"url": THERE}}}, [HERE, THERE], None),
    "an object of numbered names": ({"images": {"image_1": {"url": HERE}}}, [HERE], None),
}


@pytest.mark.parametrize("name", DRESSES)
def test_a_picture_is_found_in_any_dress(name: str) -> None:
    check(*DRESSES[name])


@pytest.mark.parametrize("text", ["[CQ:face,id=14] Hi", "[CQ:image,file=ab.image]", "Write base64:// before it."])
def test_what_only_looks_like_a_code_of_onebot_is_no_picture(text: str) -> None:
    assert seen(read(as_body(said(text)))) == []


STATUS = "> ID: `task_01k0740`\n> 排队中...\n"
BEGUN: dict[str, tuple[Any, int, str]] = {
    "new": ({"id": "9ab7-33ff1", "status": "NEW"}, 200, "9ab7-33ff1"),
    "throttled": ({"id": "9ab7-33ff1", "status": "THROTTLED"}, 200, "9ab7-33ff1"),
    "staged": ({"id": "9ab7-33ff1", "status": "Staged"}, 200, "9ab7-33ff1"),
    "received": ({"code": 0, "data": {"id": "9ab7-33ff1", "state": "received"}}, 200, "9ab7-33ff1"),
    "warming up": ({"id": "9ab7-33ff1", "status": "warming up", "output": None}, 201, "9ab7-33ff1"),
    "a job": ({"job": {"uuid": "j-123", "state": "NEW"}}, 201, "j-123"),
    "a prompt": ({"prompt_id": "9ab7-33ff1", "number": 3, "node_errors": {}}, 200, "9ab7-33ff1"),
    "status lines that end": (told(STATUS, "> 进度 10..20"), 200, "task_01k0740"),
    "status lines with a mark of the end": (told(STATUS, "> 进度 10..20", finish=None), 200, "task_01k0740"),
    "status lines without a queue": (told("> 🆔 ID: task_01k0740\n", "> 进度 10", finish=None), 200, "task_01k0740"),
    "long status lines": (told(STATUS, "> 进度 1" + "." * 900), 200, "task_01k0740"),
}


@pytest.mark.parametrize("name", BEGUN)
def test_a_task_in_any_state_has_begun(name: str) -> None:
    body, status, task = BEGUN[name]
    assert kind_of(body, status) == ("task_begun", task)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (told(STATUS, "> ❌ 生成失败：上游超时"), "upstream_failed"),
        (told(STATUS, "> ❌ 生成失败\n> 失败原因：output_moderation"), "declined"),
        (told("Your ID: 12345678 is on the card.", finish="stop"), "no_image"),
        (told("ID: 12345678\nis what the card says.", finish="stop"), "no_image"),
        ({"prompt_id": "9ab7-33ff1", "error": {"message": "boom", "code": "x"}}, "upstream_failed"),
    ],
)
def test_what_names_an_id_and_has_failed_or_is_over_has_not_begun(body: Any, kind: str) -> None:
    assert kind_of(body)[0] == kind


def test_a_task_whose_picture_came_is_over() -> None:
    check(told(STATUS, f"> 进度 100\n\n![a]({HERE})"), [HERE], None)
    check({"prompt_id": "9ab7-33ff1", "outputs": {"9": {"images": [{"url": HERE}]}}}, [HERE], None)


@pytest.mark.parametrize(
    "pieces", [("任务ID：task_abc123，正在排队，请",), ("> ID: task_abc123\n> 排队中\n", "> 进度 1" + "." * 900)]
)
def test_a_stream_that_is_cut_off_keeps_the_id_of_its_task(pieces: tuple[str, ...]) -> None:
    assert kind_of(told(*pieces, finish=None, done=False)) == ("cut", "task_abc123")


def events(*values: Any) -> bytes:
    return b"".join(b"data: " + as_body(value) + b"\n\n" for value in values)


PREVIEW = {"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": B64}
LATER = {**PREVIEW, "partial_image_index": 1, "b64_json": B64_2}
BROKEN = {"type": "error", "error": {"message": "boom", "code": "server_error"}}
OF_RESPONSES = {"type": "response.image_generation_call.partial_image", "output_index": 0, "partial_image_b64": B64}
PREVIEWED: dict[str, tuple[bytes, str, int, int]] = {
    "then an error": (events(PREVIEW, BROKEN), "upstream_failed", 0, 1),
    "twice, then an error": (events(PREVIEW, LATER, BROKEN), "upstream_failed", 0, 1),
    "of the responses endpoint, then an error": (events(OF_RESPONSES, BROKEN), "upstream_failed", 0, 1),
    "of two images, then an error": (events(PREVIEW, {**LATER, "output_index": 1}, BROKEN), "upstream_failed", 0, 2),
    "then a failed response": (
        events(OF_RESPONSES, {"type": "response.failed", "response": {"error": {"message": "boom"}}}),
        "upstream_failed",
        0,
        1,
    ),
    "then nothing": (events(PREVIEW), "cut", 0, 1),
    "then a refusal": (events(PREVIEW, choice(delta={}, finish_reason="content_filter")), "declined", 0, 1),
    "then the image": (events(PREVIEW, {"type": "image_generation.completed", "b64_json": B64_2}), "", 1, 0),
    "then only an end": (events(PREVIEW) + b"data: [DONE]\n\n", "", 1, 0),
}


@pytest.mark.parametrize("name", PREVIEWED)
def test_a_preview_is_a_draft_unless_the_answer_ends_well_without_more(name: str) -> None:
    body, kind, images, drafts = PREVIEWED[name]
    answer = read(body)
    assert (kind_of(body)[0], len(answer.images), len(answer.drafts)) == (kind, images, drafts)
    assert deserialized(*serialized(answer)) == answer


def test_the_newest_preview_is_the_draft() -> None:
    assert [ref.data for ref in read(events(PREVIEW, LATER, BROKEN)).drafts] == [PNG2]


AMID: dict[str, Case] = {
    "a line": (said("Here you go:\n" + json.dumps({"image_url": HERE})), [HERE], "Here you go:"),
    "a tag": (said(f"<result>{json.dumps({'image_url': HERE})}</result>"), [HERE], "<result></result>"),
    "code": (said(f"Here: `{json.dumps({'image_url': HERE})}`"), [HERE], "Here:"),
    "the answer of a tool": (
        said(f"<tool_response>\n{json.dumps({'images': [{'url': HERE}]})}\n</tool_response>\nEnjoy"),
        [HERE],
        "<tool_response> </tool_response> Enjoy",
    ),
    "a fence with a comma too many": (said(f'```json\n{{"image_url": "{HERE}",}}\n```'), [HERE], None),
    "a string": (said(json.dumps(json.dumps({"image_url": HERE}))), [HERE], None),
    "a line without a picture": (said('See:\n{"prompt": "a cat"}\nOK?'), [], 'See: {"prompt": "a cat"} OK?'),
    "a body in a string": ({"response": json.dumps(said(f"![x]({HERE})"))}, [HERE], None),
    "data in a string": ({"code": 0, "data": json.dumps(said(f"Hi ![x]({HERE})"))}, [HERE], "Hi"),
    "bold": (said(f"**{HERE}**"), [HERE], None),
    "a code of boards": (said(f"[img]{HERE}[/img]"), [HERE], None),
    "a code of boards with a size": (said(f"Hi [img=9x9] {HERE} [/img]"), [HERE], "Hi"),
    "behind commas on one host": (said(None, images=f"{HERE},{THERE}"), [HERE, THERE], None),
    "a buffer": ({"data": [{"type": "Buffer", "data": list(PNG)}]}, ITEM, None),
    "no buffer": (said("Hi", numbers=list(PNG[:40]), more=[137, 80, "a"]), [], "Hi"),
}


@pytest.mark.parametrize("name", AMID)
def test_a_picture_amid_words_or_strings_is_found(name: str) -> None:
    check(*AMID[name])


def test_a_body_that_says_it_did_not_succeed_shows_no_picture() -> None:
    body = {"success": False, "message": "请先登录", "data": {"qrcode": PAY}}
    assert (read(as_body(body)).outcome, seen(read(as_body(body)))) == ("error", [])


@pytest.mark.parametrize(
    ("body", "task"),
    [
        ({"generation": {"id": "g-887", "status": "GENERATING"}}, "g-887"),
        ({"name": "operations/abc-123", "done": False}, "operations/abc-123"),
    ],
)
def test_a_task_of_other_gateways_has_begun(body: Any, task: str) -> None:
    assert kind_of(body) == ("task_begun", task)
