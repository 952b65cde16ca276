"""The table of what follows: status, words, end and pictures to one class of failure."""

import json
from typing import Any

import pytest

from generations import errors
from generations.protocol.classification import classify
from generations.protocol.exchange import Exchange
from generations.protocol.response import read
from tests.protocol.test_mixtures import URI, as_body, said, told


def failure_of(body: Any, status: int | None = 200, headers: dict[str, str] | None = None, **more: Any) -> Any:
    exchange = Exchange(method="POST", url="u", status=status, headers=headers or {}, body=as_body(body), **more)
    answer = read(exchange.body, status=status or 200, headers=exchange.headers, ended=exchange.ended)
    return classify(exchange, answer, model="gpt-image-1").error


def error(message: str, code: Any = None) -> dict[str, Any]:
    return {"error": {"message": message, "code": code}}


def calling(name: str, arguments: str) -> dict[str, Any]:
    call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    return {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}


@pytest.mark.parametrize(
    ("body", "status", "headers", "expected"),
    [
        (error("slow down"), 429, {}, errors.RateLimited),
        (error("slow down"), 200, {}, errors.UpstreamFailed),
        (error("Rate limit exceeded", 429), 200, {}, errors.RateLimited),
        (told("drawing") + b'data: {"error":{"message":"rate limit","code":429}}\n\n', 200, {}, errors.UpstreamFailed),
        (said("❌ Generation failed: rate limit (429) triggered"), 200, {}, errors.UpstreamFailed),
        (error("You exceeded your current quota", "insufficient_quota"), 429, {}, errors.QuotaExhausted),
        (error("pay"), 402, {}, errors.QuotaExhausted),
        (error("who are you"), 401, {}, errors.KeyRefused),
        (error("no"), 403, {}, errors.KeyRefused),
        (error("violates our content policy"), 403, {}, errors.Declined),
        (error("Your account was suspended: content policy"), 403, {}, errors.KeyRefused),
        (error("This is not a chat model"), 404, {}, errors.ModelNotFound),
        (error("当前分组 default 下对于模型 x 无可用渠道"), 503, {}, errors.ModelNotFound),
        (error("Your organization must be verified to generate images."), 400, {}, errors.ModelNotAllowed),
        (error("Not ready", "organization_unverified"), 400, {}, errors.ModelNotAllowed),
        (error("Model not purchased", "Model.AccessDenied"), 403, {}, errors.ModelNotAllowed),
        (error("This token has no access to model x"), 403, {}, errors.ModelNotAllowed),
        (error("你没有开通该模型"), 400, {}, errors.ModelNotAllowed),
        (error("models/x is not found for API version v1beta", 404), 404, {}, errors.ModelNotFound),
        (error("Unknown request URL: POST /chat/completions."), 400, {}, errors.WrongAddress),
        (error("bad size"), 400, {}, errors.RequestRejected),
        (error("too big"), 413, {}, errors.RequestTooLarge),
        (error("bad n"), 422, {}, errors.RequestRejected),
        (error("busy"), 503, {"Retry-After": "2"}, errors.ProviderBusy),
        (error("busy"), 503, {}, errors.UpstreamFailed),
        (error("oops"), 500, {}, errors.UpstreamFailed),
        (b"<html><title>502</title>", 502, {}, errors.UpstreamFailed),
        (b"", 504, {}, errors.UpstreamFailed),
        (error("wait"), 408, {}, errors.UpstreamFailed),
        (error("again"), 409, {}, errors.UpstreamFailed),
        (b"", 307, {}, errors.Redirected),
        (b"<html><title>Sign in</title></html>", 200, {}, errors.WebPage),
        (b"<html><title>502 Bad Gateway</title></html>", 200, {}, errors.UpstreamFailed),
        (b"nothing that anybody knows", 200, {}, errors.Unreadable),
        (b"<html><title>404 Not Found</title></html>", 404, {}, errors.WrongAddress),
        (b"<html><title>My site</title></html>", 404, {}, errors.WrongAddress),
        (b"404 page not found", 404, {}, errors.WrongAddress),
        ({"detail": "Not Found"}, 404, {}, errors.WrongAddress),
        ({"detail": "Method Not Allowed"}, 405, {}, errors.WrongAddress),
        (error("Invalid URL (POST /v1/v1/chat/completions)"), 404, {}, errors.WrongAddress),
        (error("Cannot POST /chat/completions"), 404, {}, errors.WrongAddress),
        (error("The model `x` does not exist"), 404, {}, errors.ModelNotFound),
        (error("gone"), 404, {}, errors.ModelNotFound),
        (b"<html><title>413 Request Entity Too Large</title></html>", 413, {}, errors.RequestTooLarge),
        (b"<html><title>413 Request Entity Too Large</title></html>", 200, {}, errors.RequestTooLarge),
        ({"detail": "Request body too large"}, 413, {}, errors.RequestTooLarge),
        ({"message": "request entity too large", "type": "entity.too.large"}, 413, {}, errors.RequestTooLarge),
        (error("PayloadTooLargeError: request entity too large"), 500, {}, errors.RequestTooLarge),
        (error("image size exceeds the limit of 10MB"), 400, {}, errors.RequestTooLarge),
        (error("请求体过大"), 400, {}, errors.RequestTooLarge),
        (b"", 413, {}, errors.RequestTooLarge),
        (
            error("This model's maximum context length is 8192 tokens", "context_length_exceeded"),
            400,
            {},
            errors.RequestRejected,
        ),
        (
            error("Request too large for model `m` on tokens per minute (TPM)", "rate_limit_exceeded"),
            413,
            {},
            errors.RequestRejected,
        ),
        (told("once upon", finish="length"), 200, {}, errors.LengthReached),
        (told("", finish="MAX_TOKENS"), 200, {}, errors.LengthReached),
        (
            {"output": [], "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            200,
            {},
            errors.LengthReached,
        ),
        (
            {"output": [], "status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            200,
            {},
            errors.Declined,
        ),
        (b"", 200, {}, errors.Cut),
        (told("Sure", finish=None, done=False), 200, {}, errors.Cut),
        (
            told("Sure", finish=None, done=False) + b'event: error\ndata: {"message":"boom"}\n\n',
            200,
            {},
            errors.UpstreamFailed,
        ),
        (said("Here is your tiger!"), 200, {}, errors.NoImage),
        (calling("draw", '{"what": "a tiger"}'), 200, {}, errors.ToolCalled),
        (said(None), 200, {}, errors.EmptyResponse),
        (said(None, refusal="No."), 200, {}, errors.Declined),
        (said("生成失败 ❌\n失败原因：input_moderation"), 200, {}, errors.Declined),
    ],
)
def test_an_exchange_is_classified(body: Any, status: int, headers: dict[str, str], expected: type[Exception]) -> None:
    assert type(failure_of(body, status, headers, ended=True)) is expected


def test_what_is_too_large_is_told_with_its_pictures() -> None:
    asked = json.dumps({"messages": [{"content": [{"image_url": {"url": URI}}] * 2}], "x": "y" * 3_000_000})
    exchange = Exchange(
        "POST", "u", request_body=asked.encode(), status=413, body=b'{"detail":"Too large"}', ended=True
    )
    found = classify(exchange, read(exchange.body, status=413))
    assert found.detail == (
        "The request was 2.9 MB, 0.1 MB of it its 2 reference pictures. The provider said: Too large"
    )
    assert (found.charged, found.whose_move, found.is_retried) == ("no", "yours", False)


@pytest.mark.parametrize("cause", [errors.WrongAddress, errors.WebPage, errors.ModelNotAllowed, errors.KeyRefused])
def test_a_wrong_setting_is_an_administrators_move(cause: type[errors.GenerationError]) -> None:
    assert cause.whose_move == "admin"


def test_pictures_are_kept_whatever_came_after() -> None:
    body = told(f"![a]({URI})\n", finish=None, done=False) + b"data: {"
    assert failure_of(body, ended=False, failure=errors.Cut("reset")) is None


def test_the_transports_failure_wins_when_nothing_came_back() -> None:
    assert type(failure_of(b"", None, failure=errors.NotConnected("refused"))) is errors.NotConnected


def test_what_breaks_after_the_end_does_not_matter() -> None:
    assert type(failure_of(told("Sure"), failure=errors.TimedOut("total"))) is errors.NoImage


def test_a_cut_answer_keeps_the_transports_reason() -> None:
    body = told("Sure", finish=None, done=False)
    assert type(failure_of(body, failure=errors.TimedOut("600 s passed"))) is errors.TimedOut


def test_a_whole_error_beats_the_transports_failure() -> None:
    assert (
        type(failure_of(error("no", "insufficient_quota"), 429, failure=errors.Cut("reset"))) is errors.QuotaExhausted
    )


def test_detail_is_the_upstreams_words_and_short() -> None:
    failure = failure_of(error("x" * 5_000), 500, ended=True)
    assert failure.detail == "x" * 1_000


def test_the_delay_comes_along() -> None:
    assert failure_of(error("slow"), 429, {"retry-after": "17"}).retry_after == 17


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"llm_provider-retry-after": "17"}, "", 17),
        ({"X-Retry-After": "17"}, "", 17),
        ({"retry-after": "3m20s"}, "", 200),
        ({"retry-after": "2026-11-20T12:00:30Z", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}, "", 30),
        ({"x-ratelimit-reset-requests": "1m1s", "x-ratelimit-reset-tokens": "6ms"}, "", 61),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "8s",
                "x-ratelimit-remaining-tokens": "9",
                "x-ratelimit-reset-tokens": "1h",
            },
            "",
            8,
        ),
        ({"ratelimit-reset": "30"}, "", 30),
        ({"RateLimit": "limit=10, remaining=0, reset=30"}, "", 30),
        ({"RateLimit": '"default";r=0;t=30'}, "", 30),
        ({"x-ratelimit-reset-after": "2.5"}, "", 2.5),
        ({}, "Please try again in 3m20s", 200),
        ({}, "You can retry in 1h2m3s.", 3723),
        ({}, "Try again in 2 minutes and 5 seconds", 125),
        ({}, "Réessayez dans 20 secondes", 20),
        ({}, "Bitte versuchen Sie es in 20 Sekunden erneut", 20),
        ({}, "Inténtelo de nuevo en 20 segundos", 20),
        ({}, "20秒後に再試行してください", 20),
        ({"Retry-After": "17"}, "", 17),
        ({"retry-after": "1.5"}, "", 1.5),
        ({"retry-after-ms": "500"}, "", 0.5),
        ({"Retry-After": "Fri, 20 Nov 2026 12:00:30 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}, "", 30),
        ({"Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}, "", None),
        ({"Retry-After": "-1"}, "", None),
        ({"Retry-After": "abc"}, "", None),
        ({"Retry-After": "nan"}, "", None),
        ({"Retry-After": "1e300"}, "", None),
        ({}, "Please try again in 20s.", 20),
        ({}, "Please try again in 6m0s.", 360),
        ({}, "Please try again in 120ms.", 0.12),
        ({}, "Please retry after 3 seconds", 3),
        ({}, "请20秒后重试", 20),
        ({}, "请求过于频繁，请在 2 分钟后再试", 120),
        ({}, "Rate limit reached for requests", None),
        ({"Retry-After": "172800"}, "", 86_400),
        ({"Retry-After": "00:01:30"}, "", 90),
        ({"x-ratelimit-reset-requests": "8s", "x-ratelimit-reset-month": "2592000"}, "", 8),
        ({"x-ratelimit-reset-month": "2592000", "x-ratelimit-remaining-month": "0"}, "", 86_400),
        ({"x-ratelimit-reset-month": "2592000", "x-ratelimit-remaining-month": "12"}, "", None),
        ({"Retry-After": "PT1M30S"}, "", 90),
        ({"Retry-After": "Sun, 29 Nov 2026 12:00:00 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}, "", 86_400),
        ({}, "Try again in 2 days", 86_400),
        ({}, "3天后重试", 86_400),
        ({}, "请在1分30秒后重试", 90),
        ({}, "1小时20分钟后重试", 4800),
        ({}, "请两分钟后再试", 120),
        ({}, "半小时后重试", 1800),
        ({}, "请等待三十秒", 30),
        ({}, "请求过于频繁，剩余 30 秒", 30),
        ({}, "冷却时间还有 2 分 30 秒", 150),
        ({}, "剩余等待时间：30秒", 30),
        ({}, "还有 3 小时重置", 10_800),
        ({}, "请等待 5 分后重试", 300),
        ({}, "请 5 分后重试", 300),
        ({}, "额度不足，剩余 20 分", None),
        ({}, "当前积分不足，剩余10分", None),
        ({}, "积分不足，剩余 20 分，请稍后重试", None),
        ({}, "积分不足，还需 20 分", None),
        ({}, "余额仅 20 分，请重试", None),
        ({}, "免费额度剩余0天", None),
        ({}, "免费额度剩余 3 小时", None),
        ({}, "还有 3 天到期，请续费", None),
        ({}, "套餐还有 3 天到期，请续费后重试", None),
        ({}, "会员将于 3 天后到期", None),
        ({}, "11月30日后重试", None),
        ({}, "1時間30分後に再試行してください", 5400),
        ({}, "1분 30초 후 다시 시도해 주세요", 90),
        ({}, "The model will be available in 00:01:30", 90),
        ({}, "The limit resets at 00:01:30 UTC", None),
        ({}, "Please try again in a minute", 60),
        ({}, "You can retry in half an hour", 1800),
        ({}, "Try again in a few minutes", None),
        ({}, "Try again in 1 minute, 30 seconds", 90),
        ({}, "Try again in 1.5 minutes", 90),
        ({}, "Réessayez dans 1 minute et 30 secondes", 90),
        ({}, "Versuchen Sie es in einer Minute erneut", 60),
        ({}, "Inténtelo de nuevo en un minuto", 60),
        ({}, "Tente novamente em 1 hora e 5 minutos", 3900),
        ({}, "Повторите попытку через минуту", 60),
        ({}, "Riprova tra 2 ore", 7200),
        ({}, "Vui lòng thử lại sau 2 phút", 120),
        ({}, "Lütfen 3 dakika sonra tekrar deneyin", 180),
        ({}, "Silakan coba lagi dalam 30 detik", 30),
    ],
)
def test_the_delay_is_read_from_header_or_words(headers: dict[str, str], message: str, seconds: float | None) -> None:
    answer = read(json.dumps(error(message, 429)).encode(), status=429, headers=headers)
    assert answer.retry_after == (pytest.approx(seconds) if seconds is not None else None)


def test_an_answer_that_was_flagged_beside_its_picture_says_so() -> None:
    answer = read(as_body(said(f"![a]({URI})", finish_reason="content_filter")))
    assert (answer.outcome, answer.remark) == ("images", "content_filter")
    assert read(as_body(said(f"![a]({URI})"))).remark is None


def test_a_begun_task_names_its_number_and_where_it_is_asked_for() -> None:
    body = {"id": "task-7", "status": "queued", "polling_url": "https://gateway.example/v1/tasks/task-7"}
    cause = failure_of(body, ended=True)
    assert isinstance(cause, errors.TaskBegun)
    assert str(cause.detail) == "Task task-7, at https://gateway.example/v1/tasks/task-7"


def test_structured_data_in_place_of_a_picture_is_a_failure_of_its_own() -> None:
    schema = {"type": "object", "properties": {"animal": {"type": "string"}}, "required": ["animal"]}
    for text in ('{"animal": "tiger"}', '{"animal": 7}'):
        exchange = Exchange(method="POST", url="u", status=200, headers={}, body=as_body(said(text)))
        messages = [{"role": "user", "content": "A tiger"}]
        asked = {
            "model": "x",
            "messages": messages,
            "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
        }
        answer = read(exchange.body, status=200, request=json.dumps(asked).encode())
        assert type(classify(exchange, answer).error) is errors.DataOnly, text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"code":3,"message":"hello"}', errors.DataOnly),
        ('{"status":"failed","reason":"too dark"}', errors.DataOnly),
        ('{"code":500,"message":"sensitive"}', errors.DataOnly),
        ('{"error":{"message":"boom"}}', errors.UpstreamFailed),
    ],
)
def test_an_object_that_was_asked_for_is_no_error_for_its_fields(content: str, expected: type[Exception]) -> None:
    exchange = Exchange(method="POST", url="u", status=200, headers={}, body=as_body(said(content)))
    messages = [{"role": "user", "content": "A tiger"}]
    request = {"model": "x", "messages": messages, "response_format": {"type": "json_object"}}
    answer = read(exchange.body, status=200, request=json.dumps(request).encode())
    assert type(classify(exchange, answer).error) is expected


@pytest.mark.parametrize(
    "beside",
    [
        {"scores": {"nsfw": 0, "safe": 0}},
        {"scores": {"nsfw": 1}},
        {"generation": {"state": "cancelled"}},
        {"tasks": [{"state": "failed"}]},
        {"task": {"status": "failed"}},
    ],
)
def test_what_stands_beside_a_text_does_not_make_a_failure_of_it(beside: dict[str, Any]) -> None:
    assert type(failure_of(said("hello") | beside, ended=True)) is errors.NoImage


def test_a_tool_call_is_one_whatever_the_provider_calls_its_end() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "draw", "arguments": "{}"}}
    choice = {"finish_reason": "tool_calls", "native_finish_reason": "error", "message": {"tool_calls": [call]}}
    assert type(failure_of({"choices": [choice]}, ended=True)) is errors.ToolCalled


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"code":-2001,"message":"sensitive content","data":null}', errors.Declined),
        ('{"status":"failed","reason":"NSFW content detected"}', errors.Declined),
        ('{"status":"failed","reason":"GPU lost"}', errors.UpstreamFailed),
        ('{"detail":"Rate limit exceeded"}', errors.UpstreamFailed),
        ('{"code":500,"msg":"生成失败"}', errors.UpstreamFailed),
        ('{"success":false,"message":"提示词违规","request_id":"r"}', errors.Declined),
        ('```json\n{"code":400,"message":"内容不合规"}\n```', errors.Declined),
        ('{"error":{"message":"boom"}}', errors.UpstreamFailed),
        ('{"errcode":9,"errmsg":"显存不足"}', errors.UpstreamFailed),
        ('{"detail":"A tiger in the grass"}', errors.NoImage),
        ('{"title":"Rate limit exceeded","description":"A poster that says so"}', errors.NoImage),
        ('{"message":"Hello"}', errors.NoImage),
        ('{"code":"A7","message":"你好"}', errors.NoImage),
        ('{"code":200,"message":"A sensitive poster"}', errors.NoImage),
        ('{"code":3,"message":"hello"}', errors.NoImage),
        ('{"code":-1,"message":"sensitive content","palette":["red"]}', errors.NoImage),
        ('{"status":"failed","reason":"NSFW content detected","story":"He wept."}', errors.NoImage),
        ('The answer was {"code":500,"message":"sensitive content"}', errors.NoImage),
    ],
)
def test_an_error_document_as_the_models_text_is_an_error(content: str, expected: type[Exception]) -> None:
    cause = failure_of(said(content), ended=True)
    assert type(cause) is expected
    assert cause.scope == "call"
    assert cause.charged == ("yes" if expected is errors.NoImage else "maybe")


def test_an_error_document_beside_a_picture_takes_nothing_away() -> None:
    body = said(f'{{"code":-2001,"message":"sensitive content"}}\n![a]({URI})')
    assert failure_of(body, ended=True) is None


@pytest.mark.parametrize(
    ("beside", "remark"),
    [
        ({"has_nsfw_concepts": [True]}, "has_nsfw_concepts"),
        ({"data": [{"url": URI, "is_image_safe": False}]}, "is_image_safe"),
        ({"moderation_status": "flagged"}, "flagged"),
        ({"status": "内容违规"}, "内容违规"),
        ({"code": 500, "message": "生成失败"}, "生成失败"),
        ({"code": "502", "msg": "One of two failed"}, "One of two failed"),
        ({"ret": "9", "errmsg": "显存不足"}, "显存不足"),
        ({"has_nsfw_concepts": [False]}, None),
        ({"code": 200, "message": "生成成功"}, None),
        ({"code": 10000, "message": "Success"}, None),
        ({"params": {"nsfw": True}}, None),
        ({"code": 0, "message": "A caption about content policy"}, None),
    ],
)
def test_what_is_said_against_a_picture_is_a_remark(beside: dict[str, Any], remark: str | None) -> None:
    answer = read(as_body({"data": {"url": URI}} | beside))
    assert (answer.outcome, answer.remark) == ("images", remark)


def test_a_flag_on_a_choice_is_a_remark_on_its_picture() -> None:
    body = said(f"![a]({URI})") | {"content_filter_results": {"violence": {"filtered": True}}}
    assert read(as_body(body)).remark == "filtered"
