"""Whom a refusal concerns: a person's prompt, a model, or the installation's account and with it everybody."""

import json
from typing import Any

import pytest

from generations import errors
from generations.protocol.response import read
from tests.protocol.test_mixtures import URI, as_body
from tests.protocol.test_work import classified

Cause = type[errors.GenerationError]


def refusal(message: str, code: Any = None, kind: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "code": code, "type": kind}}


def google(code: int, message: str, reason: str) -> dict[str, Any]:
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
    return {"error": {"code": code, "message": message, "status": "INVALID_ARGUMENT", "details": [detail]}}


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize(
    "message",
    [
        "Prompt violates our usage policy. Your account may be banned.",
        "Your request was rejected by the safety system. Repeated violations can lead to your account being suspended.",
        "Your prompt was flagged. Continued abuse will result in your account being terminated.",
        "Prompts like this violate our policies and get accounts banned",
        "The prompt was rejected by our moderation. Your organization may be restricted.",
        "Content policy violation. To avoid having your account suspended, please change the prompt.",
        "提示词违规，多次违规账号将被封禁",
        "提示词违规，再次违规账号或被封禁",
        "提示词违规，您再次违规账号封禁",
        "提示词违规，多次违规账号可能被封",
        "请勿输入违规内容，否则将导致账号被封",
        "Prompt violates our content policy. After three violations we suspend your account.",
        "提示词违规，累计违规账号会被永久封禁",
        "内容违规。如您的账号已被封禁，请联系客服",
        "Request violates policy. The user has been flagged.",
        "This user's message violated our content policy and was blocked",
        "The image uploaded by the user violates our content policy and has been flagged",
        "Your content violated our content policy. If we have suspended your account, please contact us.",
        "Your prompt violates our content policy. We may suspend your account.",
        "内容包含敏感信息，请勿重复提交，否则账号可能被封禁",
        "违规内容会导致账号封禁，请修改提示词",
        "Votre invite enfreint nos règles. Votre compte pourrait être suspendu.",
        "Ihr Prompt verstößt gegen unsere Richtlinien. Ihr Konto kann gesperrt werden.",
        "Промпт нарушает правила. Ваш аккаунт может быть заблокирован.",
        "プロンプトが規約に違反しています。アカウントが停止される場合があります。",
    ],
)
def test_a_warning_to_the_author_of_a_prompt_pauses_nobody(message: str, status: int) -> None:
    found = classified(refusal(message), status)
    assert (type(found.error), found.scope, found.whose_move) == (errors.Declined, "call", "yours")


@pytest.mark.parametrize(
    "message",
    [
        "Your account has been suspended for violating our usage policies",
        "Due to repeated violations, your account has been suspended.",
        "This organization has been disabled.",
        "Your account violated our content policy and has been banned",
        "Your account was found in breach of our Terms of Service and of our image guidelines and is now suspended.",
        "Your account could not be verified and has been suspended",
        "The request can not be served because your account has been banned",
        "Your account has been suspended by our trust and safety team",
        "Your account has been banned for your repeated violations of our content policy",
        "We've had to suspend your account.",
        "Your team has violated our acceptable use policy and been suspended",
        "Your account broke the content rules and is therefore terminated",
        "您的账号已因多次违反内容政策而被平台永久封禁",
        "账号存在违规行为，现已封停",
        "账号已被封",
        "Violation of our policy has resulted in your account being suspended",
        "Repeated violations led to the suspension of your account",
        "Account has been flagged by our moderation system",
        "请检查令牌是否已被禁用",
        "We have suspended your account for violations of our content policy.",
        "Your resource has been temporarily blocked because we detected behavior that may violate our content policy",
        "Account deactivated",
        "Your API key was reported as leaked. Please use another API key.",
        "用户已被封禁",
        "因多次违规，您的账号已被封禁",
        "因多次违规，您的账号被封禁",
        "账号存在异常或违规，已被封禁",
        "您的账号因会话异常已被封禁",
        "您的账号因会话异常被封禁",
        "您的会员账号已被系统永久封禁",
        "账号可能存在违规行为，已被冻结",
        "该令牌已被禁用",
        "アカウントが停止されました",
        "계정이 정지되었습니다",
        "Votre compte a été suspendu",
        "Ihr Konto wurde gesperrt",
        "Su cuenta ha sido suspendida",
        "Аккаунт заблокирован",
    ],
)
def test_an_account_that_is_refused_pauses_the_provider(message: str) -> None:
    found = classified(refusal(message), 403)
    assert (type(found.error), found.scope, found.whose_move) == (errors.KeyRefused, "provider", "admin")


BARE_WORDS: list[tuple[dict[str, Any], int, dict[str, str], Cause]] = [
    (refusal("no upstream", "load_balancer_error"), 502, {}, errors.UpstreamFailed),
    (refusal("no upstream", None, "load_balancer_timeout"), 504, {}, errors.UpstreamFailed),
    (refusal("no upstream", "load_balancer_error"), 503, {"Retry-After": "3"}, errors.ProviderBusy),
    (refusal("oops", "rebalance_in_progress"), 503, {}, errors.UpstreamFailed),
    (refusal("oops", "billing_service_error"), 500, {}, errors.UpstreamFailed),
    (refusal("oops", "billing_error"), 500, {}, errors.UpstreamFailed),
    (refusal("bad value", "invalid_white_balance"), 400, {}, errors.RequestRejected),
    (refusal("bad value", "white_balance_too_low"), 400, {}, errors.RequestRejected),
    (refusal("Maximum prompt length limit exceeded, please upgrade"), 400, {}, errors.RequestRejected),
    (refusal("The parameter user is disabled"), 400, {}, errors.RequestRejected),
    (refusal("bad value", "no_floating_points"), 400, {}, errors.RequestRejected),
    (refusal("bad value", "invalid_credit_balance_field"), 400, {}, errors.RequestRejected),
    (refusal("oops", "credit_balance_service_error"), 500, {}, errors.UpstreamFailed),
    (refusal("white_balance must be auto"), 400, {}, errors.RequestRejected),
    (refusal("unknown field", "unknown_field_credit_line"), 400, {}, errors.RequestRejected),
    (refusal("Unknown option: no credit_line"), 400, {}, errors.RequestRejected),
    (refusal("Field 'credits' is not allowed"), 400, {}, errors.RequestRejected),
]


@pytest.mark.parametrize(("body", "status", "headers", "expected"), BARE_WORDS)
def test_a_word_in_a_code_is_no_empty_balance(
    body: dict[str, Any], status: int, headers: dict[str, str], expected: Cause
) -> None:
    assert type(classified(body, status, headers).error) is expected


@pytest.mark.parametrize(
    ("body", "status", "scope"),
    [
        ({"code": 30001, "message": "Sorry, your account balance is insufficient", "data": None}, 403, "provider"),
        (refusal("The request failed because of an overdue balance.", "AccountOverdueError"), 403, "provider"),
        (refusal("x", "AccountOverdueError"), 403, "provider"),
        (refusal("x", "InsufficientBalance"), 403, "provider"),
        (refusal("x", "balance_not_enough"), 403, "provider"),
        (refusal("x", "Arrearage"), 400, "provider"),
        (refusal("x", "credit_balance_too_low"), 403, "provider"),
        (refusal("x", "insufficient_usd_balance"), 403, "provider"),
        (refusal("x", "ErrInsufficientBalance"), 400, "provider"),
        (refusal("x", "user_has_no_credits"), 403, "provider"),
        (refusal("x", "billing_hard_limit_reached"), 500, "provider"),
        (refusal("x", "payment_required"), 500, "provider"),
        (refusal("x", "insufficient_credit_balance"), 403, "provider"),
        (refusal("x", "insufficient_wallet_balance"), 400, "provider"),
        (refusal("x", "insufficient_wallet_balance"), 429, "provider"),
        (refusal("x", "ACCOUNT_BALANCE_INSUFFICIENT"), 403, "provider"),
        (refusal("x", "UserBalanceNotEnough"), 403, "provider"),
        (refusal("x", "insufficient_user_credits"), 429, "provider"),
        (refusal("x", "low_credit_balance"), 403, "provider"),
        (refusal("x", "credits_not_enough"), 429, "provider"),
        (refusal("x", "account_credit_exhausted"), 403, "provider"),
        (refusal("x", None, "insufficient_prepaid_balance_error"), 403, "provider"),
        (refusal("x", "AllocationQuota.FreeTierOnly"), 403, "provider"),
        (refusal("x", "billing_hard_limit_reached"), 400, "provider"),
        (refusal("x", None, "billing_error"), 403, "provider"),
        (refusal("Your account is suspended, check your plan", None, "exceeded_current_quota_error"), 429, "provider"),
        (refusal("Your credit balance is too low to access the API", None, "invalid_request_error"), 400, "call"),
        (refusal("no", "insufficient_user_quota"), 500, "provider"),
        (refusal("余额不足"), 503, "call"),
        (refusal("Key limit exceeded (daily limit). Manage it using https://gateway.example/keys"), 403, "provider"),
        (refusal("额度不足，剩余 20 分"), 429, "provider"),
        (refusal("当前积分不足，剩余10分"), 403, "provider"),
        (refusal("余额不足，请充值后等待 5 分钟"), 429, "provider"),
        (refusal("账户已欠费，请在 10 分钟后重试"), 429, "provider"),
        (refusal("积分已用完，请 20 分钟后再试"), 429, "provider"),
        (refusal("Insufficient balance. Please try again in 20 seconds."), 429, "provider"),
        (refusal("Saldo insuficiente. Tente novamente em 5 minutos."), 429, "provider"),
        ({"ok": False, "reason": "no credits left"}, 200, "call"),
        ({"ok": False, "error": "no credits left"}, 402, "provider"),
    ],
)
def test_an_empty_balance_is_heard(body: dict[str, Any], status: int, scope: str) -> None:
    found = classified(body, status)
    assert (type(found.error), found.scope) == (errors.QuotaExhausted, scope)


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (400, "API key not valid. Please pass a valid API key.", "API_KEY_INVALID"),
        (400, "API key expired. Please renew the API key.", "API_KEY_INVALID"),
        (403, "Requests from referer <empty> are blocked.", "API_KEY_HTTP_REFERRER_BLOCKED"),
        (403, "Permission denied: Consumer 'api_key:x' has been suspended.", "CONSUMER_SUSPENDED"),
        (403, "The API has not been used in project 1 before or it is disabled.", "SERVICE_DISABLED"),
    ],
)
def test_the_reason_in_googles_details_names_the_key(status: int, message: str, reason: str) -> None:
    found = classified(google(status, message, reason), status)
    assert (type(found.error), found.scope, found.whose_move) == (errors.KeyRefused, "provider", "admin")


@pytest.mark.parametrize(
    "message",
    [
        "The prompt contains forbidden words",
        "Prompt not allowed",
        "Your prompt is not acceptable",
        "This image is not allowed",
        "您的提示词被拦截",
        "提示词包含禁用词",
        "Votre demande a été refusée par notre système de sécurité.",
        "プロンプトがブロックされました",
        "프롬프트가 차단되었습니다",
        "Промпт отклонён",
        "El prompt contiene palabras prohibidas",
    ],
)
def test_a_403_about_the_prompt_says_nothing_of_the_key(message: str) -> None:
    found = classified(refusal(message), 403)
    assert (type(found.error), found.charged, found.whose_move) == (errors.Declined, "maybe", "yours")


def test_a_403_about_a_key_stays_one_though_it_names_a_prompt() -> None:
    found = classified(refusal("Invalid API key for the system prompt endpoint"), 403)
    assert (type(found.error), found.scope) == (errors.KeyRefused, "provider")


@pytest.mark.parametrize(
    "message",
    [
        "Your request was refused by our safety system.",
        "Votre demande a été refusée par notre système de sécurité.",
        "Ihre Anfrage wurde von unserem Sicherheitssystem abgelehnt.",
        "Su solicitud fue rechazada por nuestro sistema de seguridad.",
        "Sua solicitação foi rejeitada pelo nosso sistema de segurança.",
        "La tua richiesta è stata rifiutata dal nostro sistema di sicurezza.",
        "Ваш запрос отклонён нашей системой безопасности.",
        "تم رفض طلبك من قبل نظام السلامة لدينا.",
        "リクエストは安全システムによって拒否されました。",
        "요청이 안전 시스템에 의해 거부되었습니다.",
        "İsteğiniz güvenlik sistemimiz tarafından reddedildi.",
        "Yêu cầu của bạn đã bị hệ thống an toàn của chúng tôi từ chối.",
        "Uw verzoek is geweigerd door ons veiligheidssysteem.",
        "Twoje żądanie zostało odrzucone przez nasz system bezpieczeństwa.",
        "Permintaan Anda ditolak oleh sistem keamanan kami.",
        "您的請求被安全系統拒絕",
        "คำขอของคุณถูกปฏิเสธโดยระบบความปลอดภัย",
    ],
)
def test_a_safety_system_is_heard_in_any_language(message: str) -> None:
    found = classified(refusal(message), 400)
    assert (type(found.error), found.charged) == (errors.Declined, "maybe")


@pytest.mark.parametrize(
    ("body", "status", "headers", "expected"),
    [
        (refusal("x", "moderation_service_unavailable"), 503, {}, errors.UpstreamFailed),
        (refusal("x", "moderation_service_unavailable"), 503, {"Retry-After": "2"}, errors.ProviderBusy),
        (refusal("prompt moderation timed out"), 504, {}, errors.UpstreamFailed),
        (refusal("timeout waiting for moderation", "moderation_timeout"), 504, {}, errors.UpstreamFailed),
        (refusal("Failed to reach the moderation service"), 502, {}, errors.UpstreamFailed),
        (refusal("The moderation endpoint returned 500", "moderation_error"), 502, {}, errors.UpstreamFailed),
        (refusal("Content filter is temporarily unavailable"), 503, {}, errors.UpstreamFailed),
        (refusal("The safety check could not be completed"), 500, {}, errors.UpstreamFailed),
        (refusal("moderation service unavailable"), 400, {}, errors.UpstreamFailed),
        (refusal("审核服务超时，请稍后重试"), 500, {}, errors.UpstreamFailed),
        (refusal("内容安全服务异常"), 503, {}, errors.UpstreamFailed),
        (refusal("Service de modération indisponible"), 503, {}, errors.UpstreamFailed),
        (refusal("Sicherheitssystem nicht erreichbar"), 503, {}, errors.UpstreamFailed),
        (refusal("The safety system temporarily blocked your prompt"), 400, {}, errors.Declined),
        (refusal("Rejected by the safety system", "moderation_blocked"), 500, {}, errors.Declined),
        (refusal("内容审核异常，图片包含敏感信息"), 400, {}, errors.Declined),
        (refusal("风控系统异常，提示词涉及敏感内容"), 400, {}, errors.Declined),
        (refusal("审核异常，图片未通过审核"), 400, {}, errors.Declined),
        (refusal("内容审核异常"), 400, {}, errors.Declined),
        (refusal("内容审核异常，请稍后重试"), 500, {}, errors.UpstreamFailed),
        (refusal("敏感词检测服务异常"), 503, {}, errors.UpstreamFailed),
        (refusal("The moderation service could not be reached"), 400, {}, errors.UpstreamFailed),
        (refusal("The safety check couldn't be performed"), 400, {}, errors.UpstreamFailed),
        (refusal("Generation stopped: safety limit reached"), 400, {}, errors.RequestRejected),
    ],
)
def test_a_moderator_that_is_out_of_order_has_refused_nothing(
    body: dict[str, Any], status: int, headers: dict[str, str], expected: Cause
) -> None:
    assert type(classified(body, status, headers).error) is expected


def test_an_error_in_a_header_of_the_body_is_read() -> None:
    found = classified({"header": {"code": 10013, "message": "input content audit failed", "sid": "x"}})
    assert (type(found.error), found.detail) == (errors.Declined, "input content audit failed")
    fine = {"header": {"code": 0, "message": "Success"}, "choices": [{"message": {"content": "A tiger."}}]}
    assert type(classified(fine).error) is errors.NoImage


@pytest.mark.parametrize(
    "body",
    [
        refusal("Rate limit exceeded. Upgrade your plan for more requests.", "rate_limit_exceeded"),
        refusal("Rate limit reached. Please upgrade your account."),
        refusal("Concurrent request limit reached. Please upgrade to raise it."),
        refusal("Requests per minute limit exceeded. Upgrade your plan or wait."),
        refusal("Tokens per minute limit exceeded. Upgrade your plan or wait."),
        refusal("Daily limit reached. Upgrade for more."),
        refusal("Request limit exceeded; please upgrade"),
        refusal("Images per day limit reached. Upgrade your plan."),
        refusal("Token limit exceeded. Upgrade."),
        refusal("Limit reached. Upgrade your plan.", "rate_limit_exceeded"),
        refusal("You have reached your API usage limit: too many requests"),
        refusal("API key limit exceeded: 60 requests per minute"),
        refusal("Too many requests. Please top up your account to raise the limit."),
        refusal("请求过于频繁，请充值以提升频率限制"),
    ],
)
def test_a_limit_of_the_rate_is_no_empty_balance_whatever_it_advises(body: dict[str, Any]) -> None:
    found = classified(body, 429)
    assert (type(found.error), found.is_retried) == (errors.RateLimited, True)


@pytest.mark.parametrize(
    "message",
    [
        "Image limit reached. Upgrade your plan for more.",
        "Your usage limit was exceeded, please upgrade",
        "Key limit exceeded (total limit)",
        "You have reached your specified API usage limits.",
        "Please top up your balance",
        "请充值后使用",
    ],
)
def test_a_limit_of_the_plan_is_one_of_its_credit(message: str) -> None:
    assert type(classified(refusal(message), 429).error) is errors.QuotaExhausted


@pytest.mark.parametrize(
    "message",
    [
        "You exceeded your current quota. Please retry in 34s.",
        "额度已用完，5小时后重置",
        "Your free credits are used up. They reset in 5 hours.",
    ],
)
def test_a_quota_that_comes_back_by_itself_is_waited_for(message: str) -> None:
    found = classified(refusal(message), 429)
    assert type(found.error) is errors.RateLimited
    assert found.error.retry_after


@pytest.mark.parametrize(
    "message",
    [
        "Invalid parameter: nsfw",
        "Unknown parameter: 'nsfw'.",
        "Unrecognized request argument supplied: nsfw",
        "Invalid value for nsfw: must be a boolean",
        "nsfw must be a boolean",
        "nsfw: extra fields not permitted",
        "nsfw is not a supported parameter",
        "The nsfw option must be a boolean",
        "Extra inputs are not permitted: nsfw",
        "Unsupported field content_filter",
        "无效的参数：nsfw",
        "参数 nsfw 无效",
    ],
)
def test_the_name_of_a_parameter_declines_no_prompt(message: str) -> None:
    assert type(classified(refusal(message), 400).error) is errors.RequestRejected


@pytest.mark.parametrize(
    "message",
    [
        "Invalid parameter: prompt contains nsfw content",
        "Invalid parameter: the prompt violates our content policy",
        "Invalid value: NSFW",
        "Invalid image: nsfw",
        "nsfw content is not supported",
        "Generation of nsfw is not supported",
        "Invalid parameter: content_policy_violation",
        "参数错误：图片包含敏感信息",
        "failed: UNSAFE_GENERATION",
    ],
)
def test_a_prompt_that_is_declined_as_a_parameter_is_declined(message: str) -> None:
    assert type(classified(refusal(message), 400).error) is errors.Declined


DECLINED_BEHIND = {"error": {"code": "OutputImageSensitiveContentDetected", "message": "The output may be sensitive."}}


def passed_on(code: int, raw: Any) -> dict[str, Any]:
    """An error of OpenRouter around that of the provider behind it."""
    metadata = {"raw": raw if isinstance(raw, str) else json.dumps(raw), "provider_name": "Seed"}
    return {"error": {"message": "Provider returned error", "code": code, "metadata": metadata}}


@pytest.mark.parametrize(
    ("code", "raw", "expected", "detail"),
    [
        (400, DECLINED_BEHIND, errors.Declined, "The output may be sensitive."),
        (502, refusal("Rejected", "moderation_blocked"), errors.Declined, "Rejected"),
        (400, {"code": 1301, "message": "提示词包含敏感内容"}, errors.Declined, "提示词包含敏感内容"),
        (429, refusal("You have no quota left", "insufficient_quota"), errors.QuotaExhausted, "You have no quota left"),
        (429, {"code": "x", "message": "余额不足"}, errors.QuotaExhausted, "余额不足"),
        (429, refusal("slow down", "rate_limit_exceeded"), errors.RateLimited, "slow down"),
        (400, "The size 3x3 is not supported", errors.RequestRejected, "The size 3x3 is not supported"),
        (502, "<html><title>502 Bad Gateway</title></html>", errors.UpstreamFailed, "502 Bad Gateway"),
        (502, "{}", errors.UpstreamFailed, "Provider returned error"),
        (502, {"status": "failed"}, errors.UpstreamFailed, "Provider returned error"),
        (400, refusal("size must be one of 1K, 2K", "InvalidParameter"), errors.RequestRejected, None),
        (400, refusal("Unknown parameter: nsfw", "unknown_parameter"), errors.RequestRejected, None),
    ],
)
def test_the_error_of_the_provider_behind_a_gateway_counts(code: int, raw: Any, expected: Cause, detail: str) -> None:
    body = passed_on(code, raw)
    beside = {"choices": [{"index": 0, "message": {"content": ""}, "finish_reason": "error", **body}]}
    for found in (classified(body, code), classified(beside)):
        assert type(found.error) is (errors.UpstreamFailed if expected is None else expected)
        assert detail is None or found.detail == detail


def test_words_beside_a_message_may_be_those_of_the_request() -> None:
    body = {"error": {"message": "Invalid parameter raw", "code": 400, "raw": "sensitive words of the prompt"}}
    assert classified(body, 400).detail == "Invalid parameter raw"


def test_a_code_within_a_message_is_heard() -> None:
    within = json.dumps({"error": {"code": "OutputImageSensitiveContentDetected", "message": "Please change it."}})
    assert type(classified(refusal(within, 400), 400).error) is errors.Declined
    assert type(classified(refusal(f"upstream said: {within}", "bad_response"), 500).error) is errors.Declined


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        (google(429, "Quota", "RATE_LIMIT_EXCEEDED") | {"retryDelay": "34s"}, 34),
        ({"error": {"code": 429, "message": "Slow down", "details": [{"retryDelay": "34s"}]}}, 34),
        ([{"error": {"code": 429, "message": "Slow down", "details": [{"retryDelay": "34s"}]}}], 34),
        (refusal("Please retry in 34.5s."), 34.5),
        (refusal("请求过于频繁，请30秒后重试"), 30),
        ({"retry_after": "soon"}, None),
    ],
)
def test_the_delay_of_the_provider_behind_a_gateway_counts(raw: Any, seconds: float | None) -> None:
    found = classified(passed_on(429, raw), 429)
    assert (type(found.error), found.is_retried) == (errors.RateLimited, True)
    assert found.error and found.error.retry_after == seconds


@pytest.mark.parametrize(
    ("raw", "scope"),
    [
        ("google/gemini-2.5-flash-image is temporarily rate-limited upstream. Please retry shortly.", "model"),
        ("gpt-image-1 is rate limited", "model"),
        ("该模型当前访问量过大，请稍后再试", "model"),
        ("Your account is temporarily rate-limited upstream", "provider"),
        ("Rate limit exceeded: free-models-per-day", "provider"),
        ("https://gateway.example/limits is where rate limits are raised", "provider"),
    ],
)
def test_the_limit_of_one_model_behind_a_gateway_stops_no_other(raw: str, scope: str) -> None:
    found = classified(passed_on(429, raw), 429, {"Retry-After": "30"})
    assert (type(found.error), found.scope) == (errors.RateLimited, scope)


def ended(finish: str | None, native: str | None = None, words: str | None = "") -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": words}, "finish_reason": finish}
    return {"choices": [choice | ({"native_finish_reason": native} if native else {})]}


@pytest.mark.parametrize(
    ("body", "expected", "charged"),
    [
        (ended("stop", "MODEL_ARMOR"), errors.Declined, "maybe"),
        (ended("MODEL_ARMOR"), errors.Declined, "maybe"),
        (ended("network_error"), errors.UpstreamFailed, "maybe"),
        (ended("insufficient_system_resource"), errors.UpstreamFailed, "maybe"),
        (ended("stop", "abort"), errors.UpstreamFailed, "maybe"),
        (ended("failed"), errors.UpstreamFailed, "maybe"),
        (ended("TIMEOUT"), errors.UpstreamFailed, "maybe"),
        (ended("cancelled"), errors.UpstreamFailed, "maybe"),
        (ended("server_error", words="Here is"), errors.UpstreamFailed, "maybe"),
        (ended("failed", words="The request was rejected by our safety system."), errors.Declined, "maybe"),
        (ended("error", words="提示词违规，无法生成该图片"), errors.Declined, "maybe"),
        (ended("model_context_window_exceeded"), errors.LengthReached, "yes"),
        (ended("MAX_TOKENS"), errors.LengthReached, "yes"),
        (ended("NO_IMAGE"), errors.EmptyResponse, "yes"),
        (ended("stop"), errors.EmptyResponse, "yes"),
        (ended("stop", "STOP", "A tiger."), errors.NoImage, "yes"),
        (ended("error_free", words="A tiger."), errors.NoImage, "yes"),
        (ended("NO_IMAGE", words="A tiger."), errors.NoImage, "yes"),
    ],
)
def test_the_reason_of_an_end_is_heard(body: dict[str, Any], expected: Cause, charged: str) -> None:
    found = classified(body)
    assert (type(found.error), found.charged, found.is_retried) == (expected, charged, False)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (ended("NO_IMAGE"), "NO_IMAGE"),
        (ended("stop", "MALFORMED_FUNCTION_CALL"), "MALFORMED_FUNCTION_CALL"),
        ({"candidates": [{"finishReason": "NO_IMAGE", "finishMessage": "没有生成图片"}]}, "没有生成图片"),
        (ended("network_error"), "network_error"),
        (ended("stop"), ""),
        (ended("stop", "STOP"), ""),
        (ended("end_turn", "completed"), ""),
        (ended(None), ""),
    ],
)
def test_an_empty_answer_shows_why_it_ended(body: dict[str, Any], detail: str) -> None:
    assert classified(body).detail == detail


def test_a_picture_beside_a_broken_end_is_kept_with_a_remark() -> None:
    answer = read(as_body(ended("network_error", words=f"![a]({URI})")))
    assert (answer.outcome, answer.remark) == ("images", "network_error")


def bare(message: str, code: Any = 400) -> dict[str, Any]:
    return {"code": code, "message": message, "data": None}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": [{"code": 2017, "message": "Response blocked due to security configurations"}]}, 424),
        ({"error": [{"code": 2016, "message": "Prompt blocked due to security configurations"}]}, 424),
        (refusal("The guardrail checks defined in the config failed.", None, "hooks_failed"), 446),
        (refusal("Input guardrails failed"), 400),
        (bare("[请求失败]: InputTextRisk (错误码: 2038)", -2001), 200),
        (bare("[生成失败]: OutputImageRisk", -2001), 200),
        (bare("shark not pass (错误码: 1019)", -2001), 200),
        (refusal("Trigger strategy of the platform: content security", 1301), 400),
        (refusal("Failure to pass the risk control system", 1301), 400),
        (refusal("Request blocked for content security reasons"), 400),
        (refusal("审核失败", "OperationFailed.ImageModerationFailed"), 400),
        (bare("图片审核失败，请更换图片", 500), 200),
        (bare("the content is illegal", 216630), 200),
        (bare("Prompt is illegal", 9), 200),
        (bare("检测到人脸，无法生成"), 200),
        (bare("图片中检测到真人人脸，禁止使用"), 200),
        (bare("涉及版权IP"), 200),
        (bare("提示词涉及知识产权问题"), 200),
        (bare("触发安全拦截"), 200),
        (bare("内容拦截"), 200),
        (bare("文本违禁"), 200),
        (bare("内容不合法"), 200),
        (bare("Richiesta bloccata dal filtro"), 200),
        (bare("Solicitud bloqueada por el filtro"), 200),
        (bare("Requête bloquée par le filtre"), 200),
        (bare("Die Anfrage wurde vom Filter blockiert"), 200),
        (bare("Запрос заблокирован фильтром"), 200),
        (bare("Face detected"), 200),
        (bare("Real human faces detected: not allowed"), 200),
        ({"error": {"message": "request blocked", "type": "invalid_request_error"}}, 451),
        ({"error": {"message": "不可用", "code": "bad_request"}}, 451),
    ],
)
def test_a_moderator_is_heard_in_the_words_of_any_gateway(body: dict[str, Any], status: int) -> None:
    found = classified(body, status)
    assert (type(found.error), found.charged, found.scope) == (errors.Declined, "maybe", "call")


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (refusal("The guardrail check service is unavailable", None, "hooks_failed"), 503, errors.UpstreamFailed),
        (refusal("Missing header: Content-Security-Policy"), 400, errors.RequestRejected),
        (refusal("The request was blocked by the firewall"), 403, errors.FirewallBlocked),
        (refusal("Request blocked due to security rules"), 403, errors.FirewallBlocked),
        (refusal("The image is in an illegal format"), 400, errors.RequestRejected),
        (refusal("Illegal parameter: size"), 400, errors.RequestRejected),
        (refusal("the content is illegal JSON"), 400, errors.RequestRejected),
        (bare("参数不合法"), 200, errors.RequestRejected),
        (bare("内容类型不合法"), 200, errors.RequestRejected),
        (bare("图片不合法"), 200, errors.RequestRejected),
        (refusal("The guardrail failed to load"), 500, errors.UpstreamFailed),
        (bare("未检测到人脸，无法处理"), 200, errors.RequestRejected),
        (bare("检测到多张人脸，请上传单人照片"), 200, errors.RequestRejected),
        (bare("No face detected"), 200, errors.RequestRejected),
        (bare("Invalid filter name: bloquer"), 200, errors.RequestRejected),
        (bare("账户审核失败，请重新提交实名认证", 403), 200, errors.KeyRefused),
        (bare("审核服务请求失败", 500), 200, errors.UpstreamFailed),
        (refusal("bad size", None, "invalid_request_error"), 400, errors.RequestRejected),
        (bare("Generation failed, error code: 2037", 5), 200, errors.UpstreamFailed),
    ],
)
def test_what_only_sounds_like_a_moderator_declines_no_prompt(
    body: dict[str, Any], status: int, expected: Cause
) -> None:
    assert type(classified(body, status).error) is expected


@pytest.mark.parametrize(
    ("message", "code", "expected"),
    [
        ("Service Unavailable - System is currently undergoing maintenance", 455, errors.UpstreamFailed),
        ("系统维护中", 455, errors.UpstreamFailed),
        ("Sub-key usage exceeded limit", 433, errors.QuotaExhausted),
        ("Generation failed", 455, errors.UpstreamFailed),
        ("Rate limit exceeded", 455, errors.RateLimited),
        ("Key usage exceeded 60 requests per minute", 433, errors.RateLimited),
        ("The prompt violates our content policy", 433, errors.Declined),
        ("bad size", 422, errors.RequestRejected),
        ("bad size", 400, errors.RequestRejected),
        ("unprocessable", 424, errors.RequestRejected),
        ("please pay", 402, errors.QuotaExhausted),
        ("origin is down", 525, errors.UpstreamFailed),
    ],
)
def test_a_number_that_is_no_status_blames_no_author(message: str, code: int, expected: Cause) -> None:
    for number in (code, str(code)):
        assert type(classified({"code": number, "msg": message, "data": None}).error) is expected


def test_an_unknown_status_of_http_stays_one_of_the_request() -> None:
    assert type(classified(refusal("no"), 455).error) is errors.RequestRejected


@pytest.mark.parametrize(
    ("message", "code", "expected"),
    [
        ("Request Has Reached API Limit, Please Try Later", 50429, errors.RateLimited),
        ("同时处理的任务数过多，请稍后再试", "RequestLimitExceeded.JobNumExceed", errors.RateLimited),
        ("x", "RequestLimitExceeded", errors.RateLimited),
        ("Open api daily request limit reached", 17, errors.RateLimited),
        ("Open api qps request limit reached", 18, errors.RateLimited),
        ("并发任务数已达上限", 9, errors.RateLimited),
        ("正在处理的任务过多", 9, errors.RateLimited),
        ("Maximum number of running tasks reached", 9, errors.RateLimited),
        ("账户余额为0", 9, errors.QuotaExhausted),
        ("您的余额为 0.00 元", 9, errors.QuotaExhausted),
        ("次数已用完", 9, errors.QuotaExhausted),
        ("免费次数不足", 9, errors.QuotaExhausted),
        ("您没有可用的积分", 9, errors.QuotaExhausted),
        ("Your balance is 0", 9, errors.QuotaExhausted),
        ("You do not have any credits", 9, errors.QuotaExhausted),
        ("会员已过期", 9, errors.KeyRefused),
        ("套餐已到期，请续费", 9, errors.KeyRefused),
        ("Your membership has expired", 9, errors.KeyRefused),
        ("key已被禁用", 9, errors.KeyRefused),
        ("该 API Key 已被停用", 9, errors.KeyRefused),
    ],
)
def test_limits_and_credit_are_known_by_their_words(message: str, code: Any, expected: Cause) -> None:
    found = classified(bare(message, code))
    assert (type(found.error), found.charged, found.scope) == (expected, "no", "call")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Prompt length limit reached", errors.UpstreamFailed),
        ("The balance is 0.5 too blue", errors.UpstreamFailed),
        ("余额为 0.5 元", errors.UpstreamFailed),
        ("The white-balance is 0", errors.UpstreamFailed),
        ("图片链接已过期", errors.UpstreamFailed),
        ("任务已过期", errors.UpstreamFailed),
        ("重试次数已达上限", errors.UpstreamFailed),
        ("The keyword is disabled", errors.UpstreamFailed),
        ("keyboard 已被禁用", errors.UpstreamFailed),
    ],
)
def test_what_only_sounds_like_a_limit_or_credit_is_none(message: str, expected: Cause) -> None:
    assert type(classified(bare(message, 9)).error) is expected


def test_a_team_without_credits_has_a_key_that_is_good() -> None:
    found = classified(refusal("Your newly created team doesn't have any credits yet.", "The caller lacks it"), 403)
    assert (type(found.error), found.scope) == (errors.QuotaExhausted, "provider")


@pytest.mark.parametrize(
    ("message", "code", "expected", "scope"),
    [
        ("Insufficient credits", 402, errors.QuotaExhausted, "provider"),
        ("Invalid token", "401", errors.KeyRefused, "provider"),
        ("no", 402, errors.QuotaExhausted, "call"),
        ("Provider returned error", "401", errors.KeyRefused, "call"),
        ("请登录", 401, errors.KeyRefused, "provider"),
        ("Invalid API key", 403, errors.KeyRefused, "provider"),
        ("Insufficient balance", 429, errors.QuotaExhausted, "provider"),
        ("no", 403, errors.KeyRefused, "call"),
        ("Insufficient balance", 500, errors.QuotaExhausted, "call"),
        ("Invalid API key", 9, errors.KeyRefused, "call"),
        ("max_tokens: can only afford 3", 402, errors.QuotaExhausted, "call"),
        ("Failed to download image from https://x.example/a.png: 401 Unauthorized", 401, errors.KeyRefused, "call"),
        ("prompt too long", 402, errors.QuotaExhausted, "call"),
        ("图片下载失败", "401", errors.KeyRefused, "call"),
    ],
)
def test_a_status_in_the_code_says_what_a_status_of_http_does(
    message: str, code: Any, expected: Cause, scope: str
) -> None:
    found = classified(bare(message, code))
    assert (type(found.error), found.scope) == (expected, scope)


@pytest.mark.parametrize(
    "body",
    [
        refusal("Exceeded limit on max bytes per data-uri item : 10485760", "InvalidParameter"),
        refusal(
            "Invalid 'messages[0].content[1].image_url.url': string too long. Expected a string with maximum length "
            "20971520, but got a string with length 30000000 instead.",
            "string_above_max_length",
        ),
        refusal("The image size is beyond the limit", 216202),
        refusal("Image size is larger than 10 MB"),
        refusal("Data URI is too large"),
        refusal("base64 string is too long", "invalid_image"),
        refusal("图片大小超限"),
        refusal("图片体积过大"),
        refusal("图片base64长度超过限制"),
    ],
)
def test_a_request_is_too_large_in_the_words_of_any_gateway(body: dict[str, Any]) -> None:
    found = classified(body, 400)
    assert (type(found.error), found.charged) == (errors.RequestTooLarge, "no")


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (
            refusal(
                "Invalid 'messages[0].content': string too long. Expected a string with maximum length 1000",
                "string_above_max_length",
            ),
            400,
            errors.RequestRejected,
        ),
        (refusal("Invalid 'prompt': string too long.", "string_above_max_length"), 400, errors.RequestRejected),
        (refusal("The number of images is beyond the limit"), 400, errors.RequestRejected),
        (refusal("提示词长度超过限制"), 400, errors.RequestRejected),
        (refusal("图片数量超限"), 400, errors.RequestRejected),
        (refusal("请求频率超限"), 429, errors.RateLimited),
        # It may be the picture that was too large for the gateway, and that was paid for.
        *(
            (refusal(message), status, errors.UpstreamFailed)
            for status in (200, 500)
            for message in (
                "Output image size is beyond the limit",
                "Response exceeded max bytes",
                "base64 data too large to return",
                "生成的图片体积超限",
                "返回数据过大，图片大小超限",
                "The image size is beyond the limit",
                "base64 data is too large",
                "图片体积超限",
            )
        ),
        (refusal("grpc: received message larger than max (5242880 vs. 4194304)"), 500, errors.UpstreamFailed),
    ],
)
def test_what_is_too_long_or_too_many_is_not_too_large(body: dict[str, Any], status: int, expected: Cause) -> None:
    assert type(classified(body, status).error) is expected


@pytest.mark.parametrize(
    "message",
    [
        "Image generation is not enabled for this group",
        "Image generation is not available on your plan.",
        "Your account is not allowed to use image generation",
        "Free users cannot use image generation",
        "The model `x` is blocked at the project level",
        "Model dall-e-3 is restricted by your organization",
        "当前分组未开启图片生成",
        "该令牌无权使用图像生成",
        "您的套餐不支持生图功能",
    ],
)
def test_a_model_that_is_not_enabled_leaves_the_key_alone(message: str) -> None:
    found = classified(refusal(message), 403)
    assert (type(found.error), found.scope, found.whose_move) == (errors.ModelNotAllowed, "model", "admin")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Your project is blocked", errors.KeyRefused),
        ("Image generation is not allowed for this prompt", errors.Declined),
        ("Access blocked", errors.FirewallBlocked),
        ("未开启权限", errors.KeyRefused),
    ],
)
def test_a_key_or_a_prompt_is_no_matter_of_the_model(message: str, expected: Cause) -> None:
    assert type(classified(refusal(message), 403).error) is expected


@pytest.mark.parametrize(
    ("message", "status", "expected"),
    [
        ("Guardrail failed: connection refused", 503, errors.UpstreamFailed),
        ("guardrail checks failed with a timeout", 446, errors.RequestRejected),
        ("Guardrails failed: internal error", 500, errors.UpstreamFailed),
        ("检测到人脸过小，无法处理", 400, errors.RequestRejected),
        ("检测到图片中没有人脸，无法处理", 400, errors.RequestRejected),
        ("内容JSON不合法", 400, errors.RequestRejected),
        ("Guardrails failed: sexual content", 400, errors.Declined),
        ("guardrail check failed", 446, errors.Declined),
        ("检测到人脸，无法处理", 400, errors.Declined),
        ("检测到图片中有真人，不支持", 400, errors.Declined),
        ("内容不合法", 400, errors.Declined),
    ],
)
def test_a_moderator_out_of_order_and_a_picture_of_poor_use_decline_nothing(
    message: str, status: int, expected: Cause
) -> None:
    assert type(classified(refusal(message), status).error) is expected


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    "message",
    ["image does not have enough points", "key字段的功能已停用", "令牌不支持图片格式", "账户不支持图片的尺寸"],
)
def test_words_of_a_picture_or_a_field_refuse_no_account(message: str, status: int) -> None:
    expected = errors.UpstreamFailed if status == 200 else errors.RequestRejected
    assert type(classified(refusal(message), status).error) is expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("You do not have enough points", errors.QuotaExhausted),
        ("Your account does not have enough balance", errors.QuotaExhausted),
        ("API key已停用", errors.KeyRefused),
        ("令牌不支持图片生成", errors.ModelNotAllowed),
    ],
)
def test_words_of_an_account_still_refuse_it(message: str, expected: Cause) -> None:
    assert type(classified(refusal(message), 400).error) is expected


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        ('{"error":{"message":"bad thi', "Provider returned error"),
        ("null", "Provider returned error"),
        ("ERROR", "Provider returned error"),
        ('"null"', "Provider returned error"),
        ('prompt: "explicit content"', "Provider returned error"),
        ('{"error":{"message":"real reason"}}', "real reason"),
        ("Upstream is overloaded", "Upstream is overloaded"),
        ("显存不足", "显存不足"),
    ],
)
def test_what_a_gateway_passes_on_is_heard_where_it_says_something(raw: str, detail: str) -> None:
    body = {"error": {"code": 400, "message": "Provider returned error", "metadata": {"raw": raw}}}
    found = classified(body, 400)
    assert (type(found.error), found.detail) == (errors.RequestRejected, detail)


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize(
    "message",
    [
        "User location is not supported for the API use.",
        "Country, region, or territory not supported",
        "Your country is not currently supported.",
    ],
)
def test_where_the_installation_stands_is_no_fault_of_a_prompt(message: str, status: int) -> None:
    found = classified(refusal(message), status)
    said = found.as_json()
    assert (said["kind"], said["turn"]) == ("key_refused", "admin")
