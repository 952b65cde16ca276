"""A limit that is reached after work has begun: what may have been charged is never sent again by a machine."""

import json
from typing import Any

import pytest

from generations import errors
from generations.protocol.classification import Classification, classify
from generations.protocol.exchange import Exchange
from generations.protocol.response import read
from tests.protocol.test_mixtures import B64, as_body

LIMIT = {"error": {"code": 429, "message": "Rate limit exceeded"}}


def classified(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Classification:
    exchange = Exchange("POST", "u", status=status, headers=headers or {}, body=as_body(body), ended=True)
    return classify(exchange, read(exchange.body, status=status, headers=exchange.headers), model="gpt-image-1")


def streamed(*pieces: dict[str, Any] | str) -> bytes:
    """A stream of JSON values, and of lines as they are."""
    lines = [piece if isinstance(piece, str) else f"data: {json.dumps(piece)}" for piece in pieces]
    return "".join(f"{line}\n\n" for line in lines).encode()


def delta(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": None}]}


WORK: dict[str, dict[str, Any] | str] = {
    "a thought": delta(reasoning_content="Drawing now."),
    "a thought of OpenRouter": delta(reasoning_details=[{"type": "reasoning.text", "text": "Drawing"}]),
    "a thought in the text": delta(content="<think>A cat, then.</think>"),
    "a tool call": delta(tool_calls=[{"index": 0, "id": "call_1", "function": {"name": "draw", "arguments": "{"}}]),
    "a function call": delta(function_call={"name": "draw"}),
    "half a picture": delta(content=f"![x](data:image/png;base64,{B64[:60]}"),
    "a status line": delta(content="> 生成中...\n"),
    "the parameters of the call": delta(content='```json\n{"prompt": "a cat", "ratio": "1:1"}\n```'),
    "a refusal's beginning": delta(refusal="I"),
    "a part of Gemini's": {"candidates": [{"content": {"parts": [{"text": "Sure"}]}}]},
    "tokens": {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 0}},
    "a place in the queue": {"message": "Queued at 3"},
    "a percentage": {"progress": 5},
    "a response that was created": {"type": "response.created", "response": {"id": "r", "status": "in_progress"}},
    "a message that was started": {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 3}}},
    "words that are no JSON": "data: 进度 20%",
    "an event in words": "event: progress\ndata: drawing a cat",
    "a string": 'data: "drawing"',
}


@pytest.mark.parametrize("name", WORK)
def test_a_limit_after_work_has_begun_may_have_been_charged(name: str) -> None:
    found = classified(streamed(WORK[name], LIMIT))
    assert (found.charged, found.is_retried) == ("maybe", False)
    assert isinstance(found.error, errors.TaskBegun if "was created" in name else errors.UpstreamFailed)


IDLE: dict[str, dict[str, Any] | str] = {
    "a role": delta(role="assistant", content=""),
    "an empty chunk": {"id": "1", "model": "m", "created": 1, **delta(role="assistant", content=None)},
    "a comment": ": OPENROUTER PROCESSING",
    "a ping": {"type": "ping"},
    "a heartbeat": {"event": "ping", "timestamp": 1763683200},
    "another heartbeat": {"heartbeat": True},
    "a ping in words": "data: keep-alive",
    "no tokens": {"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}},
    "what Azure thinks of the prompt": {
        "choices": [],
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {"hate": {"severity": "safe"}}}],
    },
}


@pytest.mark.parametrize("name", IDLE)
def test_a_limit_before_any_work_is_sent_again(name: str) -> None:
    found = classified(streamed(IDLE[name], LIMIT))
    assert (type(found.error), found.charged, found.is_retried) == (errors.RateLimited, "no", True)


TASKS: dict[str, tuple[Any, int]] = {
    "in the stream": (streamed({"task_id": "tt-887766", "status": "processing"}, LIMIT), 200),
    "queued in the stream": (streamed({"id": "tt-887766", "status": "queued"}, LIMIT), 200),
    "in the error": ({"error": {"message": "busy", "task_id": "tt-887766"}}, 503),
    "beside the error": ({"error": {"message": "busy"}, "data": {"taskId": "tt-887766"}}, 503),
    "in a limit": ({"error": {"message": "slow down", "job_id": "tt-887766"}}, 429),
}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_that_a_busy_provider_names_is_kept_and_never_sent_again(name: str) -> None:
    body, status = TASKS[name]
    found = classified(body, status, {"Retry-After": "2"})
    assert (type(found.error), found.charged, found.is_retried) == (errors.TaskBegun, "maybe", False)
    assert found.task_id == "tt-887766"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "more", [{"usage": {"total_tokens": 7}}, {"choices": [{"message": {"role": "assistant", "content": "Drawing"}}]}]
)
def test_a_busy_provider_that_has_worked_may_have_charged(status: int, more: dict[str, Any]) -> None:
    found = classified({"error": {"message": "busy"}, **more}, status, {"Retry-After": "2"})
    assert (type(found.error), found.charged, found.is_retried) == (errors.UpstreamFailed, "maybe", False)


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({"message": "busy", "path": "/v1", "status": 503}, 503, errors.ProviderBusy),
        ({"error": {"message": "busy", "request_id": "req-1234567"}}, 503, errors.ProviderBusy),
        ({"message": "Too many", "retry": True}, 429, errors.RateLimited),
        ({"error": "slow down", "data": {"retry_after": 3}, "request_id": "1"}, 429, errors.RateLimited),
        ({"error": {"message": "slow down", "metadata": {"raw": "{}"}}, "user_id": "u"}, 429, errors.RateLimited),
    ],
)
def test_what_a_refusal_says_of_itself_is_no_work(body: Any, status: int, expected: type[Exception]) -> None:
    found = classified(body, status, {"Retry-After": "2"})
    assert (type(found.error), found.charged, found.is_retried) == (expected, "no", True)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": "insufficient_quota", "message": "no"}, errors.QuotaExhausted),
        ({"code": 413, "message": "Request body too large"}, errors.RequestTooLarge),
        ({"code": 400, "message": "bad size"}, errors.RequestRejected),
    ],
)
def test_no_refusal_after_work_is_said_to_be_free(error: dict[str, Any], expected: type[Exception]) -> None:
    before, after = (classified(streamed(*pieces, {"error": error})) for pieces in ([], [delta(content="Drawing")]))
    assert [type(found.error) for found in (before, after)] == [expected, expected]
    assert [found.charged for found in (before, after)] == ["no", "maybe"]


def test_a_task_that_failed_is_not_one_that_goes_on() -> None:
    found = classified({"task_id": "tt-887766", "status": "failed", "error": {"message": "rate limit exceeded"}}, 500)
    assert (type(found.error), found.task_id) == (errors.UpstreamFailed, None)


def test_an_answer_nested_a_thousand_times_is_read() -> None:
    deep = '{"choices": [{"delta": {"content": ' + "[" * 900 + "]" * 900 + "}}]}"
    assert type(classified(f"data: {deep}\n\n".encode() + streamed(LIMIT)).error) is errors.UpstreamFailed


def response(status: str, kind: str = "", **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind or status}", "response": {"id": "resp_7", "status": status, **fields}}


CREATED = response("in_progress", "created")
LIMITED = response("incomplete", incomplete_details={"reason": "max_output_tokens"})
FILTERED = response("incomplete", incomplete_details={"reason": "content_filter"})
CALL = {"id": "ig_1", "type": "image_generation_call"}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "不能生成，提示词违规"}]}
DRAWN = {"id": "ig_2", "type": "image_generation_call", "status": "completed", "result": B64}


@pytest.mark.parametrize(
    ("pieces", "kind", "charged"),
    [
        ([CREATED, LIMITED], "length_reached", "yes"),
        ([LIMITED], "length_reached", "yes"),
        ([CREATED, FILTERED], "declined", "maybe"),
        ([CREATED, response("incomplete")], "empty_response", "yes"),
        ([CREATED], "task_begun", "maybe"),
        ([CREATED, response("queued"), response("in_progress")], "task_begun", "maybe"),
        ([CREATED, response("cancelled")], "upstream_failed", "maybe"),
        ([CREATED, response("completed", output=[{**CALL, "status": "failed"}])], "upstream_failed", "maybe"),
        (
            [
                CREATED,
                {"type": "response.output_item.done", "item": {**CALL, "status": "failed"}},
                response("completed"),
            ],
            "upstream_failed",
            "maybe",
        ),
        ([response("completed", output=[{**CALL, "status": "failed"}, SAID])], "declined", "maybe"),
        ([response("completed", output=[{**CALL, "status": "failed"}, DRAWN])], "", "yes"),
        ([CREATED, {**response("incomplete"), "response": {"status": "incomplete", "output": [DRAWN]}}], "", "yes"),
    ],
)
def test_the_end_of_a_response_is_heard(pieces: list[dict[str, Any]], kind: str, charged: str) -> None:
    found = classified(streamed(*pieces))
    assert (found.kind, found.charged, found.is_retried) == (kind, charged, False)


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ({"status": "failed"}, "upstream_failed"),
        ({"status": "failed", "error": {"code": "moderation_blocked", "message": "Rejected"}}, "declined"),
        ({"status": "failed", "error": "提示词违规"}, "declined"),
        ({"status": "completed", "result": None}, "empty_response"),
    ],
)
def test_an_image_call_that_failed_is_no_empty_answer(call: dict[str, Any], kind: str) -> None:
    found = classified({"id": "resp_7", "status": "completed", "output": [CALL | call]})
    assert (found.kind, found.is_retried) == (kind, False)


@pytest.mark.parametrize(
    ("error", "status", "expected", "charged"),
    [
        ({"code": "invalidApiKey", "message": "Invalid API key", "taskUUID": "u-1"}, 401, errors.KeyRefused, "no"),
        ({"code": "x", "message": "余额不足", "taskUUID": "u-1"}, 402, errors.QuotaExhausted, "no"),
        ({"code": "x", "message": "slow down", "taskUUID": "u-1"}, 429, errors.RateLimited, "no"),
        ({"code": "x", "message": "GPU lost", "taskUUID": "u-1"}, 500, errors.UpstreamFailed, "maybe"),
        ({"code": "x", "message": "slow down", "task_id": "u-1"}, 429, errors.UpstreamFailed, "maybe"),
        ({"code": "x", "message": "slow", "taskUUID": "u-1", "status": "queued"}, 429, errors.UpstreamFailed, "maybe"),
        ({"code": "x", "message": "Rate limit exceeded", "taskUUID": "u-1"}, 200, errors.UpstreamFailed, "maybe"),
        ({"code": "timeoutProvider", "message": "no", "taskUUID": "u-1"}, 400, errors.RequestRejected, "maybe"),
        ({"code": "x", "message": "Limit after processing", "taskUUID": "u-1"}, 429, errors.UpstreamFailed, "maybe"),
    ],
)
def test_a_number_that_the_caller_gave_is_no_work(
    error: dict[str, Any], status: int, expected: type[Exception], charged: str
) -> None:
    found = classified({"errors": [error]}, status)
    assert (type(found.error), found.charged) == (expected, charged)


def test_a_task_that_runware_took_has_begun() -> None:
    found = classified({"data": [{"taskType": "imageInference", "taskUUID": "u-1", "status": "processing"}]})
    assert (type(found.error), found.task_id) == (errors.TaskBegun, "u-1")


@pytest.mark.parametrize("status", [200, 429])
@pytest.mark.parametrize(
    ("message", "charged"),
    [
        ("任务已超时，请重试", "maybe"),
        ("任务已失败", "maybe"),
        ("任务提交成功后处理失败：请求过于频繁", "maybe"),
        ("The task has been accepted but failed: rate limit exceeded", "maybe"),
        ("Task was queued too long and was dropped", "maybe"),
        ("Task has been accepted but failed: insufficient credits", "maybe"),
        ("任务已提交，但超出频率限制", "maybe"),
        ("Rate limit exceeded after the task was submitted", "maybe"),
        ("任务已达上限", "no"),
        ("您已提交的任务过多，请稍后再试", "no"),
        ("Rate limit exceeded: no task was created", "no"),
        ("You already have a task queued. Please retry after 20s", "no"),
        ("当前排队人数过多，请稍后再试", "no"),
        ("Too many tasks in the queue", "no"),
        ("请求过于频繁", "no"),
    ],
)
def test_a_limit_that_a_task_met_after_it_was_taken_is_never_sent_again(
    message: str, charged: str, status: int
) -> None:
    found = classified({"code": 429, "message": message, "data": None}, status)
    assert (found.charged, found.is_retried) == (charged, charged == "no")


@pytest.mark.parametrize("code", [None, 500, 1001])
@pytest.mark.parametrize(
    "message",
    [
        "处理任务超时",
        "处理中任务超时",
        "图片处理任务超时，已扣费",
        "运行任务超过最大时长",
        "同时处理任务超过10分钟",
        "处理任务已达最大重试次数",
        "Tool call limit exceeded",
        "function call limit reached",
        "polling request limit reached, image may still be generated",
        "Request limit reached after processing",
        "We reached the call limit",
    ],
)
def test_what_a_task_ran_out_of_is_no_limit_of_the_rate(message: str, code: int | None) -> None:
    error = {"error": {"message": message}} if code is None else {"code": code, "message": message, "data": None}
    assert not classified(error).is_retried
    assert not classified(streamed(delta(role="assistant"), error)).is_retried
    if code is None:
        assert (classified(error).kind, classified(error).charged) == ("upstream_failed", "maybe")


@pytest.mark.parametrize(
    "message",
    ["正在处理的任务过多", "进行中任务数量已达上限", "同时任务超过上限", "运行任务数超出限制", "API limit reached"],
)
def test_too_many_tasks_at_once_are_a_limit_of_the_rate(message: str) -> None:
    found = classified({"error": {"message": message}})
    assert (found.kind, found.is_retried) == ("rate_limited", True)


@pytest.mark.parametrize("code", [502, "502", 504, 524])
@pytest.mark.parametrize("message", ["upstream timeout: request limit reached", "Rate limit reached"])
def test_a_limit_that_a_gateway_met_behind_it_is_never_sent_again(message: str, code: Any) -> None:
    passed_on = {"error": {"code": code, "message": "Provider returned error", "metadata": {"raw": message}}}
    for body in (passed_on, {"error": {"code": code, "message": message}}):
        found = classified(body)
        assert (found.kind, found.charged, found.is_retried) == ("upstream_failed", "maybe", False)


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("The request was submitted with an invalid size", 400),
        ("request is accepted only with a valid API key", 401),
        ("No task was created", 402),
        ("The request was accepted by no provider", 400),
    ],
)
def test_a_request_that_was_refused_was_not_taken(message: str, status: int) -> None:
    assert classified({"error": {"message": message}}, status).charged == "no"


@pytest.mark.parametrize(
    "message",
    [
        "Too many running tasks, your task was dropped",
        "too many active requests; partial image generated",
        "RequestLimitExceeded: after processing",
        "request_limit_exceeded while polling the result",
        "upstream: request_limit_exceeded after 3 retries",
        "polling failed: rate limit exceeded",
        "Failed to upload result: too many requests",
        "Rate limit reached during generation",
        "获取结果失败：请求过于频繁",
        "请求次数超限，已扣费",
    ],
)
def test_a_limit_in_words_that_speak_of_work_is_never_sent_again(message: str) -> None:
    for code in (None, 500, 1001):
        found = classified({"error": {"message": message, "code": code}})
        assert (found.kind, found.charged, found.is_retried) == ("upstream_failed", "maybe", False)


@pytest.mark.parametrize(
    "message",
    [
        "Rate limit exceeded when generating image, try later",
        "Too many requests while processing your image",
        "Too many requests, you still have 2 tasks pending",
        "concurrency limit exceeded: you still have 3 running tasks",
    ],
)
def test_a_limit_that_says_what_else_is_at_work_is_one(message: str) -> None:
    found = classified({"error": {"message": message}})
    assert (found.kind, found.charged, found.is_retried) == ("rate_limited", "no", True)


@pytest.mark.parametrize("message", ["api limit exceeded: body size", "reached the request limit of 10MB"])
def test_a_limit_of_a_size_is_no_limit_of_the_rate(message: str) -> None:
    found = classified({"code": 1001, "message": message, "data": None})
    assert (found.kind, found.charged, found.is_retried) == ("upstream_failed", "maybe", False)


@pytest.mark.parametrize("message", ["任务已提交，失败不扣费", "Task submitted successfully. Time limit: 10 minutes"])
def test_a_task_that_is_named_was_taken_whatever_the_code_beside_it(message: str) -> None:
    found = classified({"err_code": 1, "err_msg": message, "data": {"task_id": "abc12345"}})
    assert found.kind == "task_begun"
