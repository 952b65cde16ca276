"""Error envelopes of the known gateways: an object, string, list, JSON in a string, `{code, message}`, HTML, plain
text.

They are nested. The outermost code is the gateway's own; the innermost message is the one that helps a person.
"""

import re
from collections.abc import Mapping
from typing import Any

from generations.protocol.error_pages import looks_like_page, page_error
from generations.protocol.json import clean, read_json
from generations.protocol.tasks import is_begun_state, is_given_id, is_success, state_of, task_layers
from generations.protocol.upstream_error import MAX_MESSAGE, MAX_NAME, UpstreamError

_MAX_LAYERS = 8
# Names of fields without their separators and capitals.
_OF_ERRORS = ("errormessage", "errormsg", "errmsg", "failmsg", "failmessage", "failuremessage", "retmsg", "resultmsg")
_MESSAGES = (
    *("message", "msg", *_OF_ERRORS, "statusmsg", "reason", "detail", "description", "errordescription"),
    *("failreason", "failurereason", "title"),
)
_CODES = ("code", "errorcode", "errcode", "failcode", "errno", "ret", "retcode")
ENVELOPE = frozenset((*_MESSAGES, *_CODES, "status", "state", "taskstatus", "success", "ok", "type", "data", "result"))
ENVELOPE |= {"requestid", "taskid", "traceid", "logid", "timestamp", "param"}
"""The bare names of the fields of an object that is nothing but an error."""
_LAYERS = ("error", "errors", "Error", "detail", "base_resp", "ResponseMetadata", "Response", "err")
_PASSED_ON = ("raw", "raw_error", "raw_response", "upstream_error", "provider_error", "original_error")
_SUCCESSES = ("success", "ok", "succeeded", "isSuccess", "is_success")
_FINE_CODES = frozenset({"", "0", "200", "success", "ok", "succeeded", "none"})
_TOKEN = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")


def error_in(piece: Mapping[str, Any]) -> UpstreamError | None:
    """The error in a body, event or choice; None where there is none."""
    for key in _LAYERS:
        if (layer := piece.get(key)) and key not in ("detail", "base_resp", "ResponseMetadata", "Response"):
            fields = bare_fields(piece)
            beside = {name: fields[name] for name in (*_MESSAGES, *_CODES) if fields.get(name)}
            # `{"error": true, "message": …}`: the message stands beside it.
            return _read(beside if layer is True else layer, beside if isinstance(layer, str) else {})
    for key in ("ResponseMetadata", "Response"):
        if isinstance(piece.get(key), dict) and (layer := piece[key].get("Error")):
            return _read(layer, {})
    header = piece.get("header")
    if isinstance(header, dict) and header.get("code") and isinstance(header.get("message"), str):
        return UpstreamError(_message(header["message"]), _code(header["code"]))
    base = piece.get("base_resp")
    if isinstance(base, dict) and base.get("status_code"):
        return UpstreamError(_message(base.get("status_msg")), _code(base.get("status_code")))
    return _bare_error(piece)


def note_in(piece: Mapping[str, Any]) -> UpstreamError | None:
    """What a body says with nothing but a `message`, which may be a heartbeat's or an error's; None where it says
    nothing or holds a part of an answer."""
    if any(piece.get(key) for key in ("role", "type", "choices", "data", "images", "output", "candidates", "content")):
        return None
    message = next((piece[key] for key in ("message", "msg", "Message") if isinstance(piece.get(key), str)), None)
    note = _read({"message": message}, {}) if message else None
    return note if note and (note.message or note.code) and not is_success(note.message or "") else None


def _bare_error(piece: Mapping[str, Any]) -> UpstreamError | None:
    """`{code, message, data: null}` and `{detail}`: an error without a key "error"."""
    if any(piece.get(key) for key in ("choices", "data", "images", "output", "candidates", "url", "b64_json")):
        return None
    fields = bare_fields(piece)
    code = next((fields[key] for key in _CODES if fields.get(key) is not None), None)
    state = state_of(piece)
    failed = any(piece.get(key) is False for key in _SUCCESSES) or is_failed(state)
    message = next((fields[key] for key in _MESSAGES if isinstance(fields.get(key), str)), "")
    has_code = _is_code_of_error(code)
    is_fine = is_success(message) or is_given_id(piece, message)
    if not failed and (is_begun_state(state) or (is_fine and not _is_status_of_error(code))):
        return None
    if has_code or failed or (piece.get("detail") and "role" not in piece):
        error = _read(piece, {})
        return error if error.message or error.code else None
    return None


def failure_beside(piece: Mapping[str, Any]) -> UpstreamError | None:
    """The failure that a body tells beside its data, which may be of only some of its pictures: `{code: 429, message,
    data: [{url}]}`, `{success: false, …}`, `{ret: "3018", errmsg, data: {…}}`."""
    if piece.get("choices"):
        return None
    fields = bare_fields(piece)
    code = next((fields[key] for key in _CODES if fields.get(key) is not None), None)
    name = next((key for key in ("message", "msg", *_OF_ERRORS) if isinstance(fields.get(key), str)), "")
    has_failed = str(code) in ("401", "402", "403", "429") or piece.get("success") is False
    if not has_failed and (_is_status_of_error(code) or (name in _OF_ERRORS and _is_code_of_error(code))):
        has_failed = not any(is_begun_state(state_of(layer)) for layer in task_layers(piece))
    message = fields.get(name)
    if not message or not has_failed or is_success(message) or _GOES_WELL.match(message[:MAX_MESSAGE]):
        return None
    if any(is_given_id(layer, message) for layer in task_layers(piece)):
        return None
    return _read({"message": fields[name], "code": code}, {})


_GOES_WELL = re.compile(
    r"\W{0,8}(?!.{0,40}[未不没]成功)(?:\w{0,12}(?:成功|完成)|complete[d]?|finished|done|normal|正常|submitted)\W{0,8}\Z",
    re.IGNORECASE,
)


def bare_fields(layer: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a layer by their bare names; of two that differ in nothing else, the first."""
    return {_SEPARATORS.sub("", key[:60]).lower(): value for key, value in reversed([*layer.items()])}


_SEPARATORS = re.compile(r"[_\-\s]")


def _is_code_of_error(code: Any) -> bool:
    return code is not None and str(code).lower() not in _FINE_CODES


def _is_status_of_error(code: Any) -> bool:
    """Whether a code is an HTTP status of an error, and none of a gateway's own."""
    return str(code).isdecimal() and 400 <= int(str(code)[:4]) < 600


def is_failed(state: str) -> bool:
    """Whether a task in this state has failed."""
    return state.lower() in _FAILED_STATES


_FAILED_STATES = (
    "error",
    "failed",
    "fail",
    "failure",
    "rejected",
    "cancelled",
    "canceled",
    "expired",
    "timeout",
    "aborted",
)


def _read(layer: Any, beside: Mapping[str, Any]) -> UpstreamError:
    """Unwrap an envelope layer by layer. `beside` are the fields next to an error that is only a string."""
    message: str | None = None
    code: str | int | None = None
    kind: str | None = None
    reason: str | None = None
    is_passed_on = False
    if isinstance(layer, str) and beside:
        code = layer if _TOKEN.fullmatch(layer) else None
        layer = {**beside} if any(beside.get(key) for key in _MESSAGES) else {**beside, "message": layer}
    for _ in range(_MAX_LAYERS):
        if isinstance(layer, str):
            inner = json_inside(layer)
            if inner is None:
                message = (page_error(layer).message if looks_like_page(layer) else _message(layer)) or message
                break
            layer = inner
        if isinstance(layer, list):
            layer = next((entry for entry in layer if entry), None)
            if isinstance(layer, str):
                continue
        if not isinstance(layer, dict):
            message = message or _message(layer)
            break
        fields = bare_fields(layer)
        own = next((c for k in _CODES if (c := _code(fields.get(k))) is not None), None)
        reason = reason or _reason(layer.get("details")) or _name_within(code, own)
        code = own if code is None else code
        kind = kind or (clean(layer["type"][:MAX_NAME]) if isinstance(layer.get("type"), str) else None)
        following = _passed_on(layer)
        is_passed_on = is_passed_on or following is not None or _names_provider(layer)
        if following is not None:
            message = next((said for key in _MESSAGES if (said := _message(fields.get(key)))), message)
        else:
            following = _next_layer(layer)
        if following is None:
            break
        layer = following
    return UpstreamError(message, code, kind or None, reason, is_passed_on)


def _name_within(outer: str | int | None, inner: str | int | None) -> str | None:
    """The code of a layer below that of a gateway, which may be no more than a status."""
    is_name = outer is not None and isinstance(inner, str) and not inner.isdigit()
    return str(inner) if is_name and inner != outer else None


def _passed_on(layer: Mapping[str, Any]) -> Any:
    """The body of the provider behind the gateway, which it passes on beside words of its own (OpenRouter:
    `{message: "Provider returned error", metadata: {raw}}`)."""
    metadata = layer.get("metadata")
    values = [metadata.get(key) for key in _PASSED_ON] if isinstance(metadata, dict) else []
    # Beside the message itself words may be those of the request.
    values += [value for key in _PASSED_ON if isinstance(value := layer.get(key), dict)]
    return next((it for it in values if (it if isinstance(it, dict) else _has_words(it))), None)


def _names_provider(layer: Mapping[str, Any]) -> bool:
    """Whether a gateway names the provider behind it as the one that failed."""
    metadata = layer.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get("provider_name"))


def _has_words(value: Any) -> bool:
    """Whether what was passed on says anything: a document, or words that are neither the beginning of one nor those of
    the request."""
    if not isinstance(value, str) or not any(map(str.isalpha, value[:MAX_MESSAGE])):
        return False
    if value.lstrip()[:1] in ("{", "[", '"'):
        return isinstance(json_inside(value), dict | list)
    start = value[:MAX_MESSAGE]
    is_word = len(start.split()) < 2 and start.isascii() and "_" not in start
    return not is_word and not _OF_REQUEST.match(start)


_OF_REQUEST = re.compile(r"\W{0,8}(?:prompt|input|text|query|messages?|content)s?[\"']?\s?[:=]", re.IGNORECASE)


def _reason(details: Any) -> str | None:
    reasons = (
        [entry.get("reason") for entry in details[:8] if isinstance(entry, dict)] if isinstance(details, list) else []
    )
    return next((clean(reason[:MAX_NAME]) for reason in reasons if isinstance(reason, str) and reason), None)


def _next_layer(layer: Mapping[str, Any]) -> Any:
    """The layer to unwrap next: a nested error object, else a message, else an error that is only a name."""
    for key in _LAYERS:
        if isinstance(layer.get(key), dict | list) and layer[key]:
            return layer[key]
    fields = bare_fields(layer)
    message = next((fields[key] for key in _MESSAGES if fields.get(key)), None)
    return message if message is not None else next((layer[key] for key in _LAYERS if layer.get(key)), None)


def json_inside(text: str) -> Any:
    """The JSON that a message consists of or ends with; None for plain text."""
    if len(text) > 1_000_000:
        return None
    stripped = text.strip()
    for start in (0, stripped.find("{")):
        if start >= 0 and stripped[start : start + 1] in ("{", "[", '"') and stripped.endswith(("}", "]", '"')):
            try:
                inner = read_json(stripped[start:])
            except ValueError:
                continue
            if isinstance(inner, dict | list | str) and inner:
                return inner
    return None


def _code(value: Any) -> str | int | None:
    if isinstance(value, bool) or value is None or value == "":
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**53 else None
    return clean(value[:MAX_NAME]) if isinstance(value, str) else None


def _message(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return clean(str(value)).strip()[:MAX_MESSAGE] or None
