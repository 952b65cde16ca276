"""Secrets out of texts and bodies: every spelling of a key that a body may hold is replaced by •••."""

import base64
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote, quote_plus

MASK = "•••"
_SHORTEST_SECRET = 4
# A backslash before each level of JSON in JSON: 1, 3, 7, 15.
_ESCAPE = re.compile(rb"\\{1,16}+u00([2-7][0-9a-fA-F])|&#(?:[xX]([2-7][0-9a-fA-F])|([0-9]{2,3}+));")
_LONGEST_ESCAPE = 21
_MAX_LEVELS = 4
_SLICE = 64 * 1024


def mask_of(secrets: Sequence[str]) -> Callable[[str], str]:
    """What masks every spelling of these secrets in a text."""
    forms = spellings_of(secrets)
    return lambda text: masked_text(text, forms)


def without_beginning(text: str, secrets: Sequence[str]) -> str:
    """The text with a secret's beginning at its end masked: the rest may be on its way."""
    for secret in secrets:
        for length in range(len(secret) - 1, _SHORTEST_SECRET - 1, -1):
            if text.endswith(secret[:length]):
                return text[:-length] + MASK
    return text


def spellings_of(secrets: Sequence[str]) -> list[bytes]:
    """Every spelling of the secrets, longest first, so that none leaves its tail behind."""
    forms = {
        form.encode("utf-8", "surrogatepass")
        for secret in secrets
        if len(secret) >= _SHORTEST_SECRET
        for form in _spellings(secret)
    }
    return sorted(forms, key=len, reverse=True)


def _spellings(secret: str) -> Iterator[str]:
    """Plain, escaped for URLs and JSON, and the base64 of any text it stands in ("user:key")."""
    yield secret
    for escaped in (quote(secret, safe=""), quote(secret), quote(secret, safe="$&+=:@"), quote_plus(secret)):
        yield escaped
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), escaped)
    for ascii_only in (True, False):
        escaped = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield from (escaped, escaped.replace("/", "\\/"), escaped.replace("\\", "\\\\"))
    for shift in range(3):
        core = _base64_core(secret, shift)
        if len(core) >= 8:
            yield from (core, core.replace("+", "-").replace("/", "_"), core.replace("/", "\\/"))


def _base64_core(secret: str, shift: int) -> str:
    """The base64 characters that depend on the secret alone when `shift` bytes (mod 3) stand before it."""
    raw = secret.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(bytes(shift) + raw).decode().rstrip("=")
    first = (0, 2, 3)[shift]
    last = len(encoded) if (shift + len(raw)) % 3 == 0 else len(encoded) - 1
    return encoded[first:last]


def masked(data: bytes, forms: Sequence[bytes]) -> bytes:
    for form in forms:
        if form in data:
            data = data.replace(form, MASK.encode())
    # What takes off one level of escapes may spell the secret, and again the next.
    for _ in range(_MAX_LEVELS):
        if not forms or not (b"\\u00" in data or b"&#" in data):
            break
        plain = _without_escapes(data)
        if not any(form in plain for form in forms):
            break
        data = plain
        for form in forms:
            data = data.replace(form, MASK.encode())
    return data


def _without_escapes(data: bytes) -> bytes:
    """The data with its escapes of JSON and HTML as the characters they stand for. Searched slice by slice, since one
    search of a long body would hold up every other thread."""
    plain, position, start = io.BytesIO(), 0, 0
    while start < len(data):
        stop = start + _SLICE
        for found in _ESCAPE.finditer(data, start, stop):
            plain.write(data[position : found.start()])
            plain.write(_plain(found))
            position = found.end()
        # An escape may stand on the edge.
        start = max(stop - _LONGEST_ESCAPE, position)
    plain.write(data[position:])
    return plain.getvalue()


def _plain(escape: re.Match[bytes]) -> bytes:
    """The character that an escape of JSON or HTML stands for, unless the text around needs it escaped."""
    code = int(escape[3]) if escape[3] else int(escape[1] or escape[2], 16)
    return bytes([code]) if 32 < code < 127 and code not in b'"\\&<>' else escape[0]


def masked_text(text: str, forms: Sequence[bytes]) -> str:
    return masked(text.encode("utf-8", "surrogatepass"), forms).decode("utf-8", "surrogatepass")
