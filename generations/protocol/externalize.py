"""Pictures out of a kept body and back in: their base64 is replaced by markers, since the pictures are stored as files.

A marker reads `⟦picture <sha256> <spelling> <start> <end>⟧` and stands for the characters `start` to `end` of that
picture's base64 in one of four spellings, or for its bytes where the whole body is the picture. Where a body holds
`⟦picture ` of its own, `⟦picture ⟧` is written, so `inline` always restores the body exactly and nobody can forge a
marker in an answer. That is why every body is escaped before it is stored, with or without pictures. Base64 that a
stream splits over several deltas is replaced piece by piece; pieces too short to save space, and base64 broken into
lines, stay as they are."""

import base64
import heapq
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping

_PREFIX = "⟦picture ".encode()
_SUFFIX = "⟧".encode()
_MARKER = re.compile(re.escape(_PREFIX) + rb"(?:([0-9a-f]{64}) ([a-z]) (\d{1,12}) (\d{1,12}))?" + re.escape(_SUFFIX))
DELETED_PICTURE = b"[this picture was deleted]"
_PROBE_SIZE = 48
MIN_SIZE = 256
_MAX_GAP = 4_096
_MAX_PIECES = 10_000
_BARE = "b"
"""The spelling of a body that is the picture itself."""

_SPELLINGS: dict[str, Callable[[bytes], bytes]] = {
    "s": lambda text: text,
    "e": lambda text: text.replace(b"/", b"\\/"),
    "u": lambda text: text.translate(bytes.maketrans(b"+/", b"-_")),
    "n": lambda text: text.replace(b"+", b"\\u002B"),
}


def externalize(body: bytes, pictures: Mapping[str, bytes]) -> bytes:
    """The body with the base64 of `pictures` (sha256 in hex to bytes) replaced by markers; `inline` restores it."""
    for sha256, data in pictures.items():
        if data == body:
            return _marker(sha256, _BARE, 0, len(body))
    found = sorted(span for item in pictures.items() for span in _occurrences(body, *item))
    written, position = io.BytesIO(), 0
    for start, end, marker in heapq.merge(_escapes(body), found):
        if start >= position:
            written.write(body[position:start])
            written.write(marker)
            position = end
    written.write(body[position:])
    return written.getvalue()


def inline(externalized: bytes, picture: Callable[[str], bytes | None], *, own: Collection[str], size: int) -> bytes:
    """The original body of `size` bytes.

    `picture` gives the bytes for a sha256, or None for a deleted picture, in whose place DELETED_PICTURE is written.
    Only pictures in `own` are put back, and never more bytes than the body had, so a forged marker costs no memory."""
    spelled: dict[tuple[str, str], bytes | None] = {}
    room = size - len(_MARKER.sub(lambda marker: b"" if marker[1] else _PREFIX, externalized))

    def original(marker: re.Match[bytes]) -> bytes:
        nonlocal room
        if marker[1] is None:
            return _PREFIX
        key = (marker[1].decode(), marker[2].decode())
        length = int(marker[4]) - int(marker[3])
        if key[0] not in own or key[1] not in {*_SPELLINGS, _BARE} or not 0 <= length <= room:
            return marker[0]
        room -= length
        if key not in spelled:
            data = picture(key[0])
            spelled[key] = None if data is None else _spell(data, key[1])
        if (text := spelled[key]) is None:
            return DELETED_PICTURE
        return text[int(marker[3]) : int(marker[4])]

    return _MARKER.sub(original, externalized)


def escape(body: bytes) -> bytes:
    """A body without pictures as it is stored: anything in it that looks like a marker is escaped."""
    return externalize(body, {})


def marker(sha256: str, length: int) -> bytes:
    """The marker for the whole base64, `length` characters long, of the picture with this sha256 (in hex)."""
    return _marker(sha256, "s", 0, length)


def markers(externalized: bytes) -> Iterator[tuple[str, int, int]]:
    """Each marker of a stored body: the picture's sha256, how many bytes it stands for, and its own length in bytes."""
    for marker in _MARKER.finditer(externalized):
        if marker[1] is not None:
            yield marker[1].decode(), int(marker[4]) - int(marker[3]), len(marker[0])


def _escapes(body: bytes) -> Iterator[tuple[int, int, bytes]]:
    for found in re.finditer(re.escape(_PREFIX), body):
        yield found.start(), found.end(), _PREFIX + _SUFFIX


def _occurrences(body: bytes, sha256: str, data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where the picture's base64 occurs in the body, whole or in pieces: (start, end, marker)."""
    if len(data) * 4 < MIN_SIZE * 3 or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        return
    taken: set[int] = set()
    encoded = b""
    for spelling, spelled in _SPELLINGS.items():
        if _spell(data[:_PROBE_SIZE], spelling)[:_PROBE_SIZE] not in body:
            continue
        encoded = encoded or base64.b64encode(data)
        for start, end, first, last in _pieces(body, spelled(encoded)):
            if start not in taken:
                taken.add(start)
                yield start, end, _marker(sha256, spelling, first, last)


def _marker(sha256: str, spelling: str, start: int, end: int) -> bytes:
    return _PREFIX + f"{sha256} {spelling} {start} {end}".encode() + _SUFFIX


def _pieces(body: bytes, text: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Stretches of `body` that spell `text` from its beginning on, one after the other: (start, end, from, to)."""
    position, offset = 0, 0
    for _ in range(_MAX_PIECES):
        probe = text[offset : offset + _PROBE_SIZE]
        # The next piece of a split picture follows at once; without that bound a hostile body costs quadratic time.
        start = body.find(probe, position, position + _MAX_GAP if offset else len(body)) if probe else -1
        if start < 0 and offset == 0:
            return
        if start < 0 or (len(probe) < _PROBE_SIZE and offset):
            offset = 0
            continue
        length = _common(body, start, text, offset)
        if length < MIN_SIZE:
            position = start + length
            continue
        yield start, start + length, offset, offset + length
        position, offset = start + length, offset + length


def _common(body: bytes, start: int, text: bytes, offset: int) -> int:
    """How many bytes agree, by galloping search: steps double while they agree, then halve."""
    length, step = 0, _PROBE_SIZE
    while step:
        here = text[offset + length : offset + length + step]
        if len(here) == step and body[start + length : start + length + step] == here:
            length += step
            step *= 2
        elif step > 1:
            step = min(step // 2, max(len(here), 1))
        else:
            break
    return length


def _spell(data: bytes, spelling: str) -> bytes:
    return data if spelling == _BARE else _SPELLINGS[spelling](base64.b64encode(data))
