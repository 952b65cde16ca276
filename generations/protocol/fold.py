"""A kept body without its pictures: their base64 is replaced by a marker, since the pictures are kept beside it.

A marker reads `⟦picture <sha256> <spelling> <start> <end>⟧`: the characters start to end of the picture's base64 in one
of four spellings. A body that holds `⟦picture ` of its own gets `⟦picture ⟧` there, so unfolding is always exact, and
whoever writes an answer writes no marker; that is why a body is escaped before it is stored, with or without pictures.
Base64 that a stream cuts into pieces is folded piece by piece; pieces too short to be worth a marker, and base64 broken
into lines, stay as they are.
"""

import base64
import re
from collections.abc import Callable, Collection, Iterator, Mapping

_LEAD = "⟦picture ".encode()
_END = "⟧".encode()
_MARKER = re.compile(re.escape(_LEAD) + rb"(?:([0-9a-f]{64}) ([a-z]) (\d{1,12}) (\d{1,12}))?" + re.escape(_END))
GONE = b"[this picture was deleted]"
_PROBE = 48
_WORTH = 256
_GAP = 4_096
_MAX_PIECES = 10_000

_SPELLINGS: dict[str, Callable[[bytes], bytes]] = {
    "s": lambda text: text,
    "e": lambda text: text.replace(b"/", b"\\/"),
    "u": lambda text: text.translate(bytes.maketrans(b"+/", b"-_")),
    "n": lambda text: text.replace(b"+", b"\\u002B"),
}


def fold(body: bytes, pictures: Mapping[str, bytes]) -> bytes:
    """Replace the base64 of the pictures (sha256 in hex to bytes) by markers. `unfold` gives back exactly `body`."""
    spans = sorted([*_leads(body), *(span for item in pictures.items() for span in _places(body, *item))])
    pieces, position = [], 0
    for start, end, marker in spans:
        if start >= position:
            pieces += [body[position:start], marker]
            position = end
    return b"".join([*pieces, body[position:]])


def unfold(folded: bytes, picture: Callable[[str], bytes | None], *, own: Collection[str], size: int) -> bytes:
    """The body of `size` bytes again. `picture` gives the bytes of a sha256, or None for one that is gone: a sentence
    then stands where its base64 did. Only the pictures in `own` are put back, and never more than there was."""
    spelled: dict[tuple[str, str], bytes | None] = {}
    room = size - len(_MARKER.sub(lambda marker: b"" if marker[1] else _LEAD, folded))

    def original(marker: re.Match[bytes]) -> bytes:
        nonlocal room
        if marker[1] is None:
            return _LEAD
        key = (marker[1].decode(), marker[2].decode())
        length = int(marker[4]) - int(marker[3])
        if key[0] not in own or key[1] not in _SPELLINGS or not 0 <= length <= room:
            return marker[0]
        room -= length
        if key not in spelled:
            data = picture(key[0])
            spelled[key] = None if data is None else _spell(data, key[1])
        if (text := spelled[key]) is None:
            return GONE
        return text[int(marker[3]) : int(marker[4])]

    return _MARKER.sub(original, folded)


def escape(body: bytes) -> bytes:
    """A body without pictures as it is kept: what looks like a marker in it is none."""
    return fold(body, {})


def markers(folded: bytes) -> Iterator[tuple[str, int, int]]:
    """Each marker of a kept body: the picture's sha256, how many bytes it stands for, and how many it takes."""
    for marker in _MARKER.finditer(folded):
        if marker[1] is not None:
            yield marker[1].decode(), int(marker[4]) - int(marker[3]), len(marker[0])


def _leads(body: bytes) -> Iterator[tuple[int, int, bytes]]:
    for lead in re.finditer(re.escape(_LEAD), body):
        yield lead.start(), lead.end(), _LEAD + _END


def _places(body: bytes, sha256: str, data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where the picture's base64 stands in the body, whole or in pieces, and the marker of each place."""
    if len(data) * 4 < _WORTH * 3 or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        return
    taken: set[int] = set()
    for spelling in _SPELLINGS:
        if _spell(data[:_PROBE], spelling)[:_PROBE] not in body:
            continue
        for start, end, first, last in _pieces(body, _spell(data, spelling)):
            if start not in taken:
                taken.add(start)
                yield start, end, _LEAD + f"{sha256} {spelling} {first} {last}".encode() + _END


def _pieces(body: bytes, text: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Stretches of `body` that spell `text` from its beginning on, one after the other: (start, end, from, to)."""
    position, told = 0, 0
    for _ in range(_MAX_PIECES):
        probe = text[told : told + _PROBE]
        # The next piece of a split picture follows at once; without that bound a hostile body costs quadratic time.
        start = body.find(probe, position, position + _GAP if told else len(body)) if probe else -1
        if start < 0 and told == 0:
            return
        if start < 0 or (len(probe) < _PROBE and told):
            told = 0
            continue
        length = _common(body, start, text, told)
        if length < _WORTH:
            position = start + length
            continue
        yield start, start + length, told, told + length
        position, told = start + length, told + length


def _common(body: bytes, start: int, text: bytes, offset: int) -> int:
    """How many bytes agree: steps that double while they agree, then halve."""
    length, step = 0, _PROBE
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
    return _SPELLINGS[spelling](base64.b64encode(data))
