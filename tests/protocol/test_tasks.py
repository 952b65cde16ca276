"""Answers without a picture that are no failure of words: tasks that have begun, heartbeats and a moderator's flags."""

import json
from typing import Any

import pytest

from generations.protocol.classification import classify
from generations.protocol.exchange import Exchange
from generations.protocol.response import read
from tests.protocol.test_mixtures import as_body, said

BEGUN: dict[str, tuple[Any, int, str | None]] = {
    "a list": ({"code": 200, "data": [{"status": "submitted", "task_id": "t-1"}]}, 200, "t-1"),
    "data": ({"code": 200, "msg": "success", "data": {"taskId": "t-1"}}, 200, "t-1"),
    "a code of success": ({"code": 10000, "data": {"task_id": "t-1"}, "message": "Success"}, 200, "t-1"),
    "output": ({"output": {"task_status": "PENDING", "task_id": "t-1"}, "request_id": "r"}, 200, "t-1"),
    "a prediction": (
        {"id": "p-1", "status": "starting", "output": None, "urls": {"get": "https://a.example/p-1"}},
        201,
        "p-1",
    ),
    "a queue": ({"status": "IN_QUEUE", "request_id": "r-1", "status_url": "https://a.example/r-1"}, 200, "r-1"),
    "an address to poll": ({"id": "b-1", "polling_url": "https://a.example/b-1"}, 200, "b-1"),
    "words of success": ({"code": 1, "description": "提交成功", "result": "132009"}, 200, "132009"),
    "words of a queue": ({"code": 22, "description": "排队中，前面还有3个任务", "result": "132009"}, 200, "132009"),
    "data that is the id": ({"code": "success", "message": "", "data": "e8f9a0b1-1234"}, 200, "e8f9a0b1-1234"),
    "in the background": ({"id": "resp_68", "object": "response", "status": "queued", "output": []}, 200, "resp_68"),
    "accepted": ({"id": "x1"}, 202, None),
    "accepted without a word": (b"", 202, None),
    "a state and words": ({"status": "processing", "message": "Image is being generated"}, 200, None),
    "words of the model": (said("任务已提交，任务ID：task_abc123，请稍后查询"), 200, "task_abc123"),
    "JSON of the model": (said('{"task_id": "t_1234567", "status": "submitted"}'), 200, "t_1234567"),
    "heartbeats": (b'data: {"status":"processing","task_id":"t-9","message":"wait"}\n\ndata: [DONE]\n\n', 200, "t-9"),
    "heartbeats without an end": (b'data: {"status":"processing","task_id":"t-9"}\n\n', 200, "t-9"),
}


@pytest.mark.parametrize("name", BEGUN)
def test_a_task_that_has_begun_is_never_sent_again(name: str) -> None:
    body, status, task = BEGUN[name]
    exchange = Exchange("POST", "u", status=status, body=as_body(body), ended=True)
    answer = read(exchange.body, status=status)
    found = classify(exchange, answer)
    assert (answer.outcome, answer.error, answer.retryable) == ("error", None, False)
    assert (found.kind, found.charged, found.is_retried, found.task_id) == ("task_begun", "maybe", False, task)


NOT_BEGUN: dict[str, tuple[Any, str]] = {
    "a task that is over": ({"data": {"task_id": "t", "status": "done", "image_urls": None}}, "empty_response"),
    "a task that failed": ({"data": {"task_id": "t", "status": "failed", "fail_reason": "GPU"}}, "upstream_failed"),
    "words of the model": (said("I am processing your request now."), "no_image"),
    "success and nothing else": ({"code": 20000, "message": "ok", "data": None}, "empty_response"),
    "a message and nothing else": ({"message": "GPU on fire"}, "upstream_failed"),
    "a message that says why": ({"message": "model not found"}, "model_not_found"),
    "a heartbeat before a failure": (
        b'data: {"status":"processing","message":"go"}\n\ndata: {"status":"failed","message":"GPU on fire"}\n\n',
        "upstream_failed",
    ),
    "a heartbeat before words": (
        b'data: {"message":"Starting"}\n\ndata: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n',
        "no_image",
    ),
    "a heartbeat and no end": (b'data: {"message":"Image is being generated"}\n\n', "cut"),
}


@pytest.mark.parametrize("name", NOT_BEGUN)
def test_what_only_looks_like_a_task_is_called_what_it_is(name: str) -> None:
    body, kind = NOT_BEGUN[name]
    exchange = Exchange("POST", "u", status=200, body=as_body(body), ended=True)
    assert classify(exchange, read(exchange.body)).kind == kind


@pytest.mark.parametrize(
    ("event", "percent"),
    [
        ({"progress": 60}, [60]),
        ({"progress": "60%"}, [60]),
        ({"progress": 0.6}, [60]),
        ({"percent": 7}, [7]),
        ({"progress": 0}, []),
    ],
)
def test_a_heartbeat_tells_how_far_it_is(event: dict[str, Any], percent: list[int]) -> None:
    body = b"data: " + json.dumps({"status": "processing", "message": "Enhancing", **event}).encode() + b"\n\n"
    answer = read(body + as_body(said("![a](https://a.example/b.png)")))
    assert list(answer.progress) == percent
    assert (answer.outcome, answer.remark) == ("images", None)


FLAGS: dict[str, tuple[Any, tuple[str | None, str | None] | None]] = {
    "unsafe": ({"data": [{"is_image_safe": False, "url": None}]}, None),
    "concepts": ({"images": [], "has_nsfw_concepts": [True]}, None),
    "camel case": ({"images": [], "hasNsfwConcepts": [False, True]}, None),
    "flagged": ({"result": {"flagged": True}}, None),
    "Imagen": (
        {"predictions": [{"raiFilteredReason": "Unable to show it. 58061214"}]},
        ("Unable to show it. 58061214", None),
    ),
    "Stability": ({"artifacts": [{"finishReason": "CONTENT_FILTERED", "seed": 1}]}, (None, "CONTENT_FILTERED")),
    "BFL": ({"id": "x", "status": "Content Moderated", "result": None}, (None, "Content Moderated")),
    "Azure": (
        {
            "choices": [
                {
                    "finish_reason": "stop",
                    "message": {"content": ""},
                    "content_filter_results": {"hate": {"filtered": True}},
                }
            ]
        },
        None,
    ),
    "Gemini": (
        {"candidates": [{"finishReason": "IMAGE_SAFETY", "finishMessage": "Unable to show it"}]},
        ("Unable to show it", "IMAGE_SAFETY"),
    ),
    "the provider's own reason": (
        {"choices": [{"finish_reason": "content_filter", "native_finish_reason": "PROHIBITED_CONTENT", "message": {}}]},
        (None, "PROHIBITED_CONTENT"),
    ),
    "a stop": ({"choices": [{"stop_reason": "refusal", "message": {"content": None}}]}, (None, "refusal")),
}


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_of_a_moderator_is_a_refusal(name: str) -> None:
    body, told = FLAGS[name]
    answer = read(as_body(body))
    assert (answer.outcome, answer.retryable) == ("refusal", False)
    assert (answer.error and (answer.error.message, answer.error.code)) == told


@pytest.mark.parametrize(
    "body",
    [
        {"images": [], "has_nsfw_concepts": [False]},
        {"data": [{"is_image_safe": True, "url": None}]},
        {
            "choices": [
                {
                    "finish_reason": "stop",
                    "message": {"content": ""},
                    "content_filter_results": {"a": {"filtered": False}},
                }
            ]
        },
        {"data": [], "moderation": "low", "enable_safety_checker": True},
    ],
)
def test_a_flag_that_is_not_set_is_none(body: dict[str, Any]) -> None:
    assert read(as_body(body)).outcome == "error"


MESSAGES: dict[str, list[str]] = {
    "declined": [
        "Pre Img Risk Not Pass",
        "Post Text Risk Not Pass",
        "BFL API did not return an image due to: Request Moderated.",
        "输入内容不合规，请修改后重试",
        "콘텐츠 정책을 위반했습니다",
        "Запрос нарушает правила использования",
        "O prompt viola as diretrizes de conteúdo",
        "Il prompt viola le linee guida",
        "الطلب ينتهك سياسة المحتوى",
        "コンテンツポリシーに違反しています",
        "Der Prompt verstößt gegen unsere Richtlinien",
    ],
    "quota_exhausted": ["余额不足，请充值", "Saldo insuficiente", "Crédits insuffisants", "残高不足です"],
    "rate_limited": ["Demasiadas solicitudes", "Zu viele Anfragen", "请求过于频繁", "Troppe richieste"],
    "key_refused": ["Clé API invalide", "API-Schlüssel ungültig", "密钥无效", "Неверный API-ключ"],
    "model_not_found": ["Modell gpt-x nicht gefunden", "模型不存在", "El modelo x no existe", "モデルが見つかりません"],
}


@pytest.mark.parametrize(("kind", "message"), [(kind, message) for kind, all in MESSAGES.items() for message in all])
def test_a_bare_message_under_200_is_classified_by_its_words(kind: str, message: str) -> None:
    body = as_body({"code": 9, "message": message, "data": None})
    assert classify(Exchange("POST", "u", status=200, body=body, ended=True), read(body)).kind == kind


@pytest.mark.parametrize("code", [500, 10001, -1])
@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("您的任务已被拒绝：内容违规", "declined"),
        ("任务已失败", "upstream_failed"),
        ("任务已超时，请重试", "upstream_failed"),
        ("任务已达上限", "upstream_failed"),
        ("任务已取消", "upstream_failed"),
        ("任务已取消，积分将退还", "upstream_failed"),
        ("排队超时", "upstream_failed"),
        ("当前排队人数过多，请稍后再试", "upstream_failed"),
        ("排队队列已满", "upstream_failed"),
        ("The task has been accepted but failed: insufficient credits", "quota_exhausted"),
        ("Task has been queued too long and was dropped", "upstream_failed"),
        ("Too many requests in the queue", "rate_limited"),
        ("Your place in the queue was lost: an internal error", "upstream_failed"),
        ("提交成功后处理失败", "upstream_failed"),
    ],
)
def test_a_failure_that_speaks_of_a_task_is_one(message: str, kind: str, code: int) -> None:
    body = as_body({"code": code, "message": message, "data": None})
    found = classify(Exchange("POST", "u", status=200, body=body, ended=True), read(body))
    assert (found.kind, found.detail, found.task_id) == (kind, message, None)


@pytest.mark.parametrize("message", ["当前排队人数过多，请稍后再试", "Too many in the queue, try again later"])
def test_a_queue_that_is_full_is_a_limit(message: str) -> None:
    body = as_body({"code": 429, "message": message, "data": None})
    found = classify(Exchange("POST", "u", status=200, body=body, ended=True), read(body))
    assert (found.kind, found.is_retried) == ("rate_limited", True)


@pytest.mark.parametrize("status", [429, 500])
@pytest.mark.parametrize("message", ["任务已超时，请重试", "Task has been queued too long", "The task was queued"])
def test_the_words_of_an_error_about_a_task_are_kept(message: str, status: int) -> None:
    body = as_body({"code": status, "message": message, "data": None})
    found = classify(Exchange("POST", "u", status=status, body=body, ended=True), read(body, status=status))
    assert found.detail == message


@pytest.mark.parametrize(
    "message",
    [
        "任务已提交",
        "任务已受理，请等待",
        "任务已提交，如失败将自动退款",
        "任务已提交，若超时会退还积分",
        "排队中，前面还有3个任务",
        "排队中，超时将自动取消",
        "Task has been queued. It will be cancelled after 10 minutes.",
        "任务已提交，可能会失败",
        "排队人数较多，请耐心等待",
        "Task has been queued",
        "Submitted successfully; if it fails, the credits are returned",
        "Your request is in the queue",
        "任务已提交，失败不扣费",
        "提交成功，失败自动退款",
        "提交成功，预计等待不足1分钟",
        "任务已提交，请勿关闭页面",
        "任务已提交，剩余额度不足10",
        "排队中，前面还有1个任务，超时自动取消",
        "Task submitted successfully. Time limit: 10 minutes",
    ],
)
def test_a_task_that_was_taken_is_no_failure_whatever_may_happen_to_it(message: str) -> None:
    for code, name in ((22, "result"), (1, "result"), (1, "task_id")):
        body = as_body({"code": code, "description": message, name: "132009"})
        found = classify(Exchange("POST", "u", status=200, body=body, ended=True), read(body))
        assert (found.kind, found.task_id) == ("task_begun", "132009")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"code": 20000, "errmsg": "处理成功"}, "task_begun"),
        ({"errcode": "A0000", "errmsg": "completed"}, "task_begun"),
        ({"ret": "7", "errmsg": "处理完成。"}, "task_begun"),
        ({"code": 20000, "errmsg": "处理未成功"}, "upstream_failed"),
        ({"code": 20000, "errmsg": "显存不足"}, "upstream_failed"),
    ],
)
def test_words_of_success_beside_a_task_are_no_failure(fields: dict[str, Any], kind: str) -> None:
    body = as_body({**fields, "data": {"task_id": "abc12345"}})
    found = classify(Exchange("POST", "u", status=200, body=body, ended=True), read(body))
    assert (found.kind, found.task_id) == (kind, "abc12345")


@pytest.mark.parametrize("message", ["任务已失败", "任务已取消", "提交成功但任务超时", "任务提交失败"])
def test_a_task_that_failed_is_no_other_for_its_number(message: str) -> None:
    body = as_body({"code": 1, "description": message, "result": "132009"})
    found = classify(Exchange("POST", "u", status=200, body=body, ended=True), read(body))
    assert (found.kind, found.charged) == ("upstream_failed", "maybe")


@pytest.mark.parametrize("words", ["hello", None])
@pytest.mark.parametrize(
    "beside",
    [
        {"reason": "no sensitive content"},
        {"reason": "not nsfw"},
        {"reason": "No policy violation was found"},
        {"status": "moderation passed"},
        {"state": "审核通过"},
        {"state": "已通过内容审核"},
        {"reason": "未发现敏感内容"},
        {"reason": "内容合规"},
        {"status": "审核中"},
        {"status": "pending moderation"},
        {"request": {"reason": "sensitive"}},
        {"params": {"nsfw": True}},
        {"parameters": {"filtered": True}},
        {"input": {"prompt": "a cat", "nsfw": True}},
        {"data": [{"config": {"safe": False}}]},
        {"promptFeedback": {"blockReason": "BLOCK_REASON_UNSPECIFIED"}},
    ],
)
def test_a_denial_or_a_setting_refuses_nothing(beside: dict[str, Any], words: str | None) -> None:
    assert read(as_body({**said(words), **beside})).outcome == ("text_only" if words else "error")


@pytest.mark.parametrize(
    "beside",
    [
        {"reason": "sensitive content"},
        {"reason": "not safe"},
        {"reason": "moderation not passed"},
        {"reason": "did not pass the safety check"},
        {"reason": "not allowed: nsfw content"},
        {"status": "审核未通过"},
        {"status": "没有通过内容审核"},
        {"status": "未能通过审核"},
        {"reason": "no images: sensitive content"},
        {"reason": "not allowed here, sensitive content"},
        {"status": "内容不合规"},
        {"data": [{"nsfw": True}]},
        {"moderation": {"input": {"flagged": True}}},
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
    ],
)
def test_a_finding_is_a_refusal(beside: dict[str, Any]) -> None:
    assert read(as_body({**said(None), **beside})).outcome == "refusal"


@pytest.mark.parametrize(
    "beside",
    [
        {"data": [{"b64_json": None, "respect_moderation": False}]},
        {"data": [{"respects_moderation": "false"}]},
        {"is_nsfw": 1},
        {"images": [{"nsfw": "true"}]},
        {"is_safe": 0},
        {"nsfw_flags": [{"flagged": "True"}]},
        {"moderation_status": "flagged"},
        {"moderation": {"result": "x", "moderationResult": "REJECTED"}},
        {"safety_status": "blocked"},
        {"audit_status": "FAIL"},
        {"auditResult": "不通过"},
        {"review_result": "违规"},
        {"suggestion": "Block"},
        {"conclusion": "不合规"},
    ],
)
def test_a_finding_in_any_dress_is_a_refusal(beside: dict[str, Any]) -> None:
    assert read(as_body({**said(None), **beside})).outcome == "refusal"


@pytest.mark.parametrize(
    "beside",
    [
        {"data": [{"b64_json": None, "respect_moderation": True}]},
        {"is_nsfw": 0},
        {"nsfw": "false"},
        {"nsfw": 0.02},
        {"is_safe": 1},
        {"moderation_status": "passed"},
        {"moderation_status": "not flagged"},
        {"moderation_status": "pending"},
        {"moderation_status": "failed: timeout"},
        {"content_status": "failed"},
        {"status": "审核超时"},
        {"safety_status": "ok"},
        {"audit_status": "SUCCESS"},
        {"auditResult": "通过"},
        {"review_result": "无违规"},
        {"suggestion": "Pass"},
        {"conclusion": "合规"},
        {"settings": {"moderation_status": "blocked"}},
    ],
)
def test_a_finding_of_nothing_in_any_dress_is_none(beside: dict[str, Any]) -> None:
    assert read(as_body({**said(None), **beside})).outcome == "error"


def kie(**fields: Any) -> dict[str, Any]:
    return {"code": 200, "msg": "success", "data": {"taskId": "tt-887766", "state": "fail", **fields}}


FLAGGED = "Your prompt was flagged as violating content policies."
FAILED: dict[str, tuple[Any, str, str]] = {
    "Kie": (kie(failCode="422", failMsg=FLAGGED), "declined", FLAGGED),
    "Kie's fault": (kie(failCode="500", failMsg="Internal Error"), "upstream_failed", "Internal Error"),
    "another case": (kie(fail_code=422, fail_msg="图片未通过审核"), "declined", "图片未通过审核"),
    "an error of Kuaishou's": (kie(errorCode=9, failure_message="GPU lost"), "upstream_failed", "GPU lost"),
    "Novita": (
        {"task": {"task_id": "t", "status": "TASK_STATUS_FAILED", "reason": "NSFW content detected"}, "images": []},
        "declined",
        "NSFW content detected",
    ),
    "Google": ({"state": "JOB_STATE_FAILED", "error": {"message": "GPU lost"}}, "upstream_failed", "GPU lost"),
    "Jimeng's key": (
        {"ret": "3018", "errmsg": "permission denied", "data": {"a": 1}},
        "key_refused",
        "permission denied",
    ),
    "Jimeng's moderator": (
        {"ret": "2038", "errmsg": "提示词包含敏感内容", "data": None},
        "declined",
        "提示词包含敏感内容",
    ),
    "a code of an own name": ({"err_code": 5, "err_msg": "GPU lost", "data": None}, "upstream_failed", "GPU lost"),
    "a word of an own name": ({"retCode": "E7", "retMsg": "显存不足", "data": {"x": 1}}, "upstream_failed", "显存不足"),
}


@pytest.mark.parametrize("name", FAILED)
def test_a_failure_is_read_whatever_its_fields_are_called(name: str) -> None:
    body, kind, message = FAILED[name]
    found = classify(Exchange("POST", "u", status=200, body=as_body(body), ended=True), read(as_body(body)))
    assert (found.kind, found.detail) == (kind, message)


@pytest.mark.parametrize(
    ("body", "task"),
    [
        ({"task": {"task_id": "tt-887766", "status": "TASK_STATUS_QUEUED"}, "images": []}, "tt-887766"),
        ({"task": {"task_id": "tt-887766", "status": "TASK_STATUS_PROCESSING"}}, "tt-887766"),
        ({"name": "jobs/7", "id": "tt-887766", "state": "JOB_STATE_PENDING"}, "tt-887766"),
        ({"ret": "0", "errmsg": "success", "data": {"task_id": "tt-887766"}}, "tt-887766"),
        ({"code": 500, "message": "繁忙", "data": {"task_id": "tt-887766", "status": "queued"}}, "tt-887766"),
        ({"errno": 0, "errmsg": "", "data": {"task_id": "tt-887766", "state": "waiting"}}, "tt-887766"),
    ],
)
def test_a_begun_task_is_known_whatever_its_fields_are_called(body: dict[str, Any], task: str) -> None:
    found = classify(Exchange("POST", "u", status=200, body=as_body(body), ended=True), read(as_body(body)))
    assert (found.kind, found.charged, found.task_id) == ("task_begun", "maybe", task)


@pytest.mark.parametrize(
    "body",
    [
        {"ret": 0, "errmsg": "", "data": None},
        {"ret": "0", "errmsg": "success", "data": None},
        {"errno": 0, "error_msg": "SUCCESS", "data": {}},
        {"task": {"task_id": "t", "status": "TASK_STATUS_SUCCEED"}, "images": []},
    ],
)
def test_a_success_that_holds_nothing_stays_empty(body: dict[str, Any]) -> None:
    found = classify(Exchange("POST", "u", status=200, body=as_body(body), ended=True), read(as_body(body)))
    assert found.kind == "empty_response"


@pytest.mark.parametrize(
    "reason",
    [
        "Image did not pass moderation",
        "not passed moderation",
        "Prompt was not approved by moderation",
        "Prompt not allowed by moderation",
        "Image unavailable due to NSFW content",
        "blocked by content filter: score passed 0.8",
        "Unavailable: flagged by moderation",
        "Moderation score 0.9 passed the threshold",
        "审核不予通过：违规",
        "未成功通过安全审核，含敏感内容",
        "图片不可用：包含敏感内容",
    ],
)
def test_a_refusal_is_none_the_less_one_for_a_word_of_what_passes(reason: str) -> None:
    body = as_body({"id": "j1", "status": "completed", "images": [], "reason": reason})
    found = classify(Exchange("POST", "u", status=200, body=body, ended=True), read(body))
    assert (found.kind, found.charged) == ("declined", "maybe")


@pytest.mark.parametrize(
    "reason",
    [
        "moderation unavailable",
        "moderation timed out",
        "content passed moderation, not blocked",
        "审核通过，无违规",
        "nsfw: false",
    ],
)
def test_a_moderator_that_blocked_nothing_refuses_nothing(reason: str) -> None:
    body = as_body({"id": "j1", "status": "completed", "images": [], "reason": reason})
    found = classify(Exchange("POST", "u", status=200, body=body, ended=True), read(body))
    assert found.kind == "empty_response"
