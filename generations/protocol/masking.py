"""Masks secrets in texts and bodies: every spelling of a key, escaped or encoded, is replaced by •••."""

import base64
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote, quote_plus

MASK = "•••"
_MIN_SECRET = 4
_RARE = 8
"""Bytes of a spelling that stands in no base64 by chance. A shorter one, as local gateways take for a key, is masked
only where it is a word of its own and in no run of base64: a picture of 2 MB has most runs of four signs somewhere."""
# Each level of JSON within JSON doubles the backslashes and adds one: 1, 3, 7, 15.
_ESCAPE = re.compile(rb"\\{1,16}+u00([2-7][0-9a-fA-F])|&#(?:[xX]([2-7][0-9a-fA-F])|([0-9]{2,3}+));")
_MAX_ESCAPE = 21
_RUN = 24
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_MAX_LEVELS = 4
_SLICE = 64 * 1024


def mask_of(secrets: Sequence[str]) -> Callable[[str], str]:
    """A function that masks every spelling of these secrets in a text."""
    forms = spellings_of(secrets)
    return lambda text: masked_text(text, forms)


def without_beginning(text: str, secrets: Sequence[str]) -> str:
    """The text with a prefix of a secret at its end masked, since the rest of the secret may follow in the next
    delta."""
    for secret in secrets:
        for length in range(len(secret) - 1, _MIN_SECRET - 1, -1):
            if text.endswith(secret[:length]):
                return text[:-length] + MASK
    return text


def spellings_of(secrets: Sequence[str]) -> list[bytes]:
    """Every spelling of the secrets, longest first, so that masking a shorter one leaves no remainder."""
    forms = {
        form.encode("utf-8", "surrogatepass")
        for secret in secrets
        if len(secret) >= _MIN_SECRET
        for form in _spellings(secret)
    }
    return sorted(forms, key=len, reverse=True)


def _spellings(secret: str) -> Iterator[str]:
    """A secret as it is, escaped for URLs and JSON, and as part of any base64 text that contains it ("user:key")."""
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
    """The base64 characters that depend on the secret alone when `shift` bytes (mod 3) precede it."""
    raw = secret.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(bytes(shift) + raw).decode().rstrip("=")
    first = (0, 2, 3)[shift]
    last = len(encoded) if (shift + len(raw)) % 3 == 0 else len(encoded) - 1
    return encoded[first:last]


def masked(data: bytes, forms: Sequence[bytes]) -> bytes:
    data = _replaced(data, forms)
    # Removing one level of escapes may reveal a secret, and so may removing the next.
    for _ in range(_MAX_LEVELS):
        if not forms or not (b"\\u00" in data or b"&#" in data):
            break
        plain = _without_escapes(data)
        hidden = _replaced(plain, forms)
        if hidden == plain:
            break
        data = hidden
    return data


def _replaced(data: bytes, forms: Sequence[bytes]) -> bytes:
    for form in forms:
        if form not in data:
            continue
        if len(form) >= _RARE:
            data = data.replace(form, MASK.encode())
        else:
            data = re.sub(rb"(?<![A-Za-z0-9])%s(?![A-Za-z0-9])" % re.escape(form), _unless_in_base64, data)
    return data


def _unless_in_base64(found: re.Match[bytes]) -> bytes:
    """The mask, but for what stands within a long run of base64 and so is part of a picture."""
    before = found.string[max(0, found.start() - _RUN) : found.start()]
    after = found.string[found.end() : found.end() + _RUN]
    run = len(before) - len(before.rstrip(_BASE64)) + len(after) - len(after.lstrip(_BASE64))
    return found[0] if run >= _RUN else MASK.encode()


def _without_escapes(data: bytes) -> bytes:
    """The data with JSON and HTML escapes decoded. Scanned in slices, since one `re` call on a long body would hold the
    interpreter's lock for as long."""
    plain, position, start = io.BytesIO(), 0, 0
    while start < len(data):
        stop = start + _SLICE
        for found in _ESCAPE.finditer(data, start, stop):
            plain.write(data[position : found.start()])
            plain.write(_plain(found))
            position = found.end()
        # An escape may span two slices.
        start = max(stop - _MAX_ESCAPE, position)
    plain.write(data[position:])
    return plain.getvalue()


def _plain(escape: re.Match[bytes]) -> bytes:
    """The character of a JSON or HTML escape; the escape itself where that character must stay escaped."""
    code = int(escape[3]) if escape[3] else int(escape[1] or escape[2], 16)
    return bytes([code]) if 32 < code < 127 and code not in b'"\\&<>' else escape[0]


def masked_text(text: str, forms: Sequence[bytes]) -> str:
    return masked(text.encode("utf-8", "surrogatepass"), forms).decode("utf-8", "surrogatepass")
