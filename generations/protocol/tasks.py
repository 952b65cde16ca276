"""Tasks that have begun: the answer to a call that goes on at the provider, which names a task instead of a picture.

The fields are those of APIMart, Kie, Volcengine, DashScope, Replicate, fal, BFL, Midjourney proxies and OpenAI's
background responses."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generations.protocol.json import clean

MAX_ID = 200
MAX_URL = 2_000
_STATES = ("status", "task_status", "taskStatus", "state", "task_state", "job_status", "status_text")
NAMED_IDS = (
    *("task_id", "taskId", "taskID", "taskUUID", "job_id", "jobId", "jobUUID", "prediction_id", "predictionId"),
    *("generation_id", "generationId", "prompt_id", "promptId"),
)
_LOOSE_IDS = ("id", "request_id", "requestId", "uuid", "result")
_URLS = ("polling_url", "pollingUrl", "response_url", "task_url", "query_url", "fetch_url", "get_url", "status_url")
_LISTS = (
    *("data", "output", "tasks", "jobs", "results", "images", "job", "task", "sdGenerationJob"),
    *("generation", "prediction", "result", "response"),
)
_BEGUN = re.compile(
    r"(?:new|staged|throttled|received|registered|enqueued|launching|booting|loading|warming_?up|allocat(?:ing|ed)"
    r"|assigned|submitting|dispatching|executing|validating|delayed|retrying|on_?hold|not_?ready|unstarted"
    r"|submit(?:ted)?|queued?|in_?queue|queueing|pending|processing|process|running|in_?progress|starting|started"
    r"|created|accepted|waiting|scheduled|preparing|not_?start(?:ed)?|generating|initiali[sz](?:ing|ed)|dispatched"
    r"|dreaming|drawing|rendering|working|ongoing|incomplete_?task|task_?started|已提交|提交成功|排队中?|处理中"
    r"|生成中|进行中|等待中?|执行中)\Z",
    re.IGNORECASE,
)
_SUCCESS = re.compile(
    r"\W{0,8}+(?:success\w{0,6}|succeed\w{0,2}|ok(?:ay)?|accepted|created|done|成功|操作成功|请求成功|提交成功"
    r"|success!?)\W{0,8}+\Z"
    r"|.{0,40}(?:submit\w{0,4} success|success\w{0,4} submit|task (?:has been )?(?:submitted|created|queued|accepted)"
    r"|\bin (?:the )?queue\b|提交成功|已提交|排队|提交任务成功|任务已)",
    re.IGNORECASE,
)
# What a message about a task says in place of success, and what may only happen to it later.
_FAILURE = re.compile(
    r"\b(?:fail|error|reject|refus|denied|declin|cancel|drop|abort|expire|insufficient|exceed|tim(?:ed|e)[ -]?out|too "
    r"(?:long|many)|limit|full\b|lost\b|busy\b)|not enough|失败|失敗|错误|拒绝|拒絕|驳回|超时|超時"
    r"|过期|过多|取消|上限|超限|超出|已满|终止|中断|异常|不足|违规|关闭",
    re.IGNORECASE,
)
_IF = re.compile(
    r"(?:如果?|若|一旦|倘若|\b(?:if|unless|should it|in case)\b)[^，,。.；;\n]{0,60}"
    r"|[^，,。.；;\n]{0,30}(?:将|會|会|可能|\b(?:will|may|might)\b)[^，,。.；;\n]{0,60}",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\b(?:being|still) (?:generated|processed|created|drawn|processing|generating|queued)|\bin (?:progress"
    r"|the queue)\b"
    r"|\b(?:submitted|queued|processing|generating|rendering|enhancing|upscaling|pending)\b|please wait|生成中"
    r"|处理中|排队|已提交"
    r"|提交成功|請稍候|请稍候|请等待|進行中|进行中|処理中|생성 중|처리 중|en cours|en proceso|wird (?:erstellt"
    r"|generiert)|обрабатывается",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(
    r"(?:(?:task|job|prediction|generation|request|任务|任務|工单|タスク|작업)[\s_*`-]{0,3}(?:id|no\.?|number|编号|編號|号)?"
    r"|(?:^|\n)[>\s*`#🆔-]{0,12}id)"
    r"[\s*`]{0,4}[:：=#][\s*`\"']{0,4}(?P<id>[A-Za-z0-9][\w.:-]{5,99})",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"(?=[\w.:-]{0,100}\d)[A-Za-z0-9][\w.:-]{7,119}")
_PROGRESS = re.compile(r"进度|進度|progress", re.IGNORECASE)
MAX_WORDS = 800
MAX_STATUS = 8_000


@dataclass(frozen=True, slots=True)
class BegunTask:
    """A task at the provider: its id, and the address at which it can be asked for, where the answer names them."""

    id: str | None = None
    url: str | None = None


def task_in(body: Mapping[str, Any]) -> BegunTask | None:
    """The task that a body says has begun; None where it names none, or says that it is over."""
    found = None
    for layer in task_layers(body):
        state = state_of(layer)
        is_begun = bool(state) and is_begun_state(state)
        if state and not is_begun and not is_success(state):
            return None
        url = _url_of(layer)
        id = _id_of(layer, NAMED_IDS) or (
            _id_of(layer, _LOOSE_IDS) if is_begun or url or _is_submitted(layer) else None
        )
        if is_over(state):
            return None
        if is_begun or ((id or url) and not state) or (id and is_success(state)):
            found = BegunTask((found.id if found else None) or id, (found.url if found else None) or url)
    if found is None and body.get("done") is False and isinstance(body.get("name"), str):  # Google's operations
        return BegunTask(clean(body["name"])[:MAX_ID])
    if found is None and isinstance(body.get("data"), str) and _IDENTIFIER.fullmatch(body["data"]):
        return BegunTask(body["data"])
    return found


def task_beside(body: Mapping[str, Any]) -> BegunTask | None:
    """The task that an error names by a number of its own, unless it says that the task is what failed."""
    inner = [layer for key in ("error", "metadata", "data") if isinstance(layer := body.get(key), dict)]
    layers = [body, *inner]
    if any(state and not is_begun_state(state) for state in map(state_of, layers)):
        return None
    return next((BegunTask(id, _url_of(layer)) for layer in layers if (id := _id_of(layer, NAMED_IDS))), None)


def state_of(layer: Mapping[str, Any]) -> str:
    """The state that a body names of itself, without the name of its enumeration (`TASK_STATUS_QUEUED`); "" for
    none."""
    states = (_ENUMERATION.sub("", value[:200].strip()) for key in _STATES if isinstance(value := layer.get(key), str))
    return next(filter(None, states), "")


_ENUMERATION = re.compile(r"\A[A-Za-z]{1,20}_(?:STATUS|STATE)_")


def is_begun_state(state: str) -> bool:
    return bool(_BEGUN.match(state[:60].replace(" ", "_").replace("-", "_")))


def is_success(text: str) -> bool:
    """Whether a message or state says that all is well, or that a task was taken."""
    text = text[:200]
    return bool(_SUCCESS.match(text)) and not _FAILURE.search(_IF.sub("", text))


def is_given_id(layer: Mapping[str, Any], text: str) -> bool:
    """Whether a body names its task beside a message that says that it was taken, whatever may happen to it later."""
    is_named = isinstance(layer.get("result"), str) or _id_of(layer, NAMED_IDS) is not None
    return is_named and bool(_SUCCESS.match(text[:200])) and not (_HAS_FAILED.search(text[:200]) or failed_since(text))


_HAS_FAILED = re.compile(
    r"(?:任务|提交)(?:已|已经|已經)?被?(?:失败|失敗|超时|超時|过期|取消|终止|中断|异常|关闭|拒绝|驳回|达)"
    r"|(?:成功|提交)(?:后|後|，?但)|\b(?:but|was|then) (?:\w{1,12} ){0,2}(?:fail|reject|cancel|drop|abort|expire|time)",
    re.IGNORECASE,
)


def failed_since(text: str) -> bool:
    """Whether a message says that a task was taken, and has failed since."""
    text = text[:500]
    return bool((_SUCCESS.match(text) or _TAKEN.search(text)) and _SINCE.search(_IF.sub("", text)))


# What will become of one that fails is none that has failed: 提交成功，失败自动退款.
_SINCE = re.compile(
    r"(?:(?:但|却|可)是?(?:(?!之前|此前|先前|以前|上一?[次个個]|其[他它]|部分)[^，,。.；;\n]){0,8}?"
    r"|(?<![前次个個的他它在])(?:执行|執行|运行|運行|处理|處理|生成|绘制|繪製|任务|任務)(?:已经?|已經)?)"
    r"(?:失败|失敗|超时|超時|出错|出錯|异常|異常|中断|被?取消|被?拒绝|被?终止)"
    r"了?(?=[\s，,。.；;：:!！、）)(（|]|\Z)(?!，?(?:将|会|不|自动|退))"
    r"|(?:\b(?:but|however|then|yet)\b(?:(?!\b(?:\d+|other|earlier|previous|older|last|no|not|some)\b)[^.\n]){0,40}?"
    r"\b(?:failed|timed out|errored|cancell?ed|rejected|aborted|crashed)"
    r"|(?<!\bno )(?<!\bprevious )(?<!\bearlier )(?<!\blast )\b(?:execution|processing|generation) (?:has )?failed)"
    r"(?=\s*(?:[.,;:!()]|\Z|\b(?:to|with|because|due|after|during|while|on|at|by|in)\b))",
    re.IGNORECASE,
)


def was_taken(text: str) -> bool:
    """Whether a message about a failure says that the task had been taken before."""
    return bool(_TAKEN.search(text[:500]))


_TAKEN = re.compile(
    r"(?<!\bno )(?<!\bhave a )(?<!\bhas a )(?<!\bhave one )\b(?:task|job|request) (?:has been |was |is )?"
    r"(?:submitted|created|queued|accepted|started)\b"
    r"(?! (?:only|without|if|when|unless|by|with (?:an? |the )?(?:invalid|wrong|bad|unsupported|missing|empty)))"
    r"|(?<![未没不])(?:提交成功|已提交|已受理|已排队)(?![^，,。.；;：:\n]{0,8}(?:过多|太多|上限|过于))"
    r"|任务已(?:经|經)?(?:失败|超时|过期|取消|终止|中断|异常|关闭)",
    re.IGNORECASE,
)


def is_over(state: str) -> bool:
    return state.lower() in _OVER


_OVER = ("succeeded", "succeed", "success", "completed", "complete", "done", "finished", "ready", "incomplete")


def goes_on(message: str) -> bool:
    """Whether a message says that work has begun and is not over."""
    return bool(_GOES_ON.search(message[:500])) and not failed_since(message)


def task_in_words(text: str, *, is_status: bool = False) -> BegunTask | None:
    """The task of a short text that says it was submitted or how far it is, and names its id. One that `is_status`, of
    lines in which a gateway writes nothing else, may be longer."""
    text = text[:MAX_STATUS] if is_status or len(text) <= MAX_WORDS else ""
    named = _IN_WORDS.search(text) if text and (goes_on(text) or _PROGRESS.search(text)) else None
    return BegunTask(named["id"].rstrip(".:-")) if named else None


def task_layers(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The body and the objects in which gateways nest their tasks, two levels deep; of a list, the first few."""
    waiting: list[tuple[Any, int]] = [(body, 0)]
    while waiting:
        layer, depth = waiting.pop(0)
        if isinstance(layer, list):
            waiting += [(entry, depth) for entry in layer[:8]]
        elif isinstance(layer, dict):
            yield layer
            if depth < 2:
                waiting += [(layer[key], depth + 1) for key in _LISTS if isinstance(layer.get(key), dict | list)]


def _is_submitted(layer: Mapping[str, Any]) -> bool:
    """Whether it says so in words: `{code: 1, description: "提交成功", result: "132…"}` of Midjourney proxies."""
    words = layer.get("description") or layer.get("message") or layer.get("msg")
    kind = layer.get("object")
    is_named = isinstance(kind, str) and kind.endswith((".task", "task", "prediction", "job"))
    if is_named or not isinstance(words, str) or not isinstance(layer.get("result"), str):
        return is_named
    return is_success(words) or is_given_id(layer, words)


def _id_of(layer: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = layer.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)[:MAX_ID]
        if isinstance(value, str) and 0 < len(value) <= MAX_ID and " " not in value:
            return clean(value)
    return None


def _url_of(layer: Mapping[str, Any]) -> str | None:
    urls = layer.get("urls")
    values = [layer.get(name) for name in _URLS] + [urls.get("get") if isinstance(urls, dict) else None]
    return next(
        (clean(url) for url in values if isinstance(url, str) and url.startswith("http") and len(url) <= MAX_URL), None
    )
