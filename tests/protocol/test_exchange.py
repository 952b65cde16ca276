"""Exchanges: secrets masked in every spelling; bodies externalized without their pictures and unfolded exactly."""

import base64
import hashlib
import json
import time
import tracemalloc
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.errors import Cut
from generations.protocol.exchange import Exchange
from generations.protocol.externalize import DELETED_PICTURE, escape, externalize, inline
from generations.protocol.masking import MASK

KEY = 'sk-a/b+c"d\\e=é-0123456789'


@pytest.mark.parametrize(
    "spell",
    [
        lambda sign: f"\\u{ord(sign):04x}",
        lambda sign: f"\\u{ord(sign):04X}" if not sign.isalnum() else sign,
        lambda sign: f"\\\\u{ord(sign):04x}" if sign == "-" else sign,
        lambda sign: f"&#{ord(sign)};" if sign == "-" else sign,
        lambda sign: f"&#x{ord(sign):x};",
    ],
    ids=["every sign", "what is no letter", "JSON in JSON", "HTML", "HTML in hex"],
)
def test_a_secret_is_masked_however_its_signs_are_escaped(spell: Callable[[str], str]) -> None:
    secret = "sk-violet-harbour-92"
    body = '{"a": "1 \\u0022 2 &#60;", "message": "' + "".join(map(spell, secret)) + '"}'
    kept = Exchange(method="POST", url="", body=body.encode()).redacted([secret]).body.decode()
    assert json.loads(kept) == {"a": '1 " 2 &#60;', "message": MASK}


def test_escapes_stay_as_they_came_where_they_hide_nothing() -> None:
    body = b'{"a": "x \\u0041 \\u003c &#65; sk-violet"}'
    assert Exchange(method="POST", url="", body=body).redacted(["sk-violet-harbour-92"]).body == body


def test_every_spelling_of_a_secret_is_masked() -> None:
    spellings = [
        KEY,
        quote(KEY, safe=""),
        quote(KEY, safe="").lower(),
        quote(KEY, safe="$&+=:@"),
        json.dumps(KEY),
        json.dumps(KEY).replace("/", "\\/"),
        json.dumps(KEY, ensure_ascii=False),
        *(base64.b64encode(f"{user}:{KEY}:x".encode()).decode() for user in ("", "u", "us", "use")),
        base64.urlsafe_b64encode(f"user:{KEY}".encode()).decode(),
    ]
    body = " ".join(spellings).encode()
    kept = Exchange(
        method="POST",
        url=f"https://user:pw@example.com/v1?key={quote(KEY)}",
        request_headers={"X-Trace": KEY, "Accept": "*/*"},
        request_body=body,
        body=body,
        failure=Cut(f"broke at {KEY}", retry_after=3, charged="yes"),
    ).redacted([KEY])
    for text in (kept.url, kept.request_body.decode(), kept.body.decode(), kept.request_headers["X-Trace"]):
        assert "0123456789" not in text
        assert MASK in text
    assert base64.b64encode(b"0123456789").decode()[:8].encode() not in kept.body
    assert "pw@" not in kept.url
    assert kept.failure is not None
    assert (type(kept.failure), kept.failure.detail) == (Cut, f"broke at {MASK}")
    assert (kept.failure.retry_after, kept.failure.charged) == (3, "yes")


def test_a_secret_in_the_name_of_a_header_is_masked() -> None:
    exchange = Exchange(method="GET", url="u", headers={"x-ratelimit-violet-harbour-92": "1"})
    assert exchange.redacted(["violet-harbour-92"]).headers == {f"x-ratelimit-{MASK}": "1"}


def test_headers_that_carry_secrets_are_masked_whole() -> None:
    names = ["Authorization", "X-Api-Key", "api-key", "Cookie", "Set-Cookie", "x-goog-api-key", "Proxy-Authorization"]
    kept = Exchange(method="GET", url="u", request_headers=dict.fromkeys(names, "v") | {"Accept": "v"}).redacted([])
    assert kept.request_headers == dict.fromkeys(names, MASK) | {"Accept": "v"}


def test_a_short_secret_is_masked_as_a_word_and_in_no_picture() -> None:
    """A local gateway's key is often "test": a paid picture has it somewhere in its base64."""
    picture = b'"iVBORw0KGgoAAAANSUhEUgAAABgA+test/AAtestAA/test+test"'
    body = b'{"error": "the key test is wrong", "key": "test", "at": "?key=test&n=1", "b64_json": ' + picture + b"}"
    kept = Exchange(method="POST", url="", body=body).redacted(["test"]).body
    assert kept.endswith(picture + b"}")
    assert kept.removesuffix(picture + b"}").count(b"test") == 0
    urls = "https://api.x/test/v1 k=test/ key+test"
    assert "test" not in Exchange(method="POST", url="", body=urls.encode()).redacted(["test"]).body.decode()


def test_a_body_with_a_short_secret_in_a_picture_alone_stays_as_it_came() -> None:
    """Its escapes too: nothing behind them is hidden."""
    body = b'{"a": "x \\u003d &#61;", "b64_json": "iVBORw0KGgoAAAANSUhEUgAAABgA+test/AAtestAA"}'
    assert Exchange(method="POST", url="", body=body).redacted(["test"]).body == body


def test_further_headers_are_masked_by_their_names() -> None:
    sent = {"X-Auth": "hunter2pw", "X-Title": "Imageweb"}
    kept = Exchange(method="GET", url="u", request_headers=sent).redacted([], hidden={"x-auth"})
    assert kept.request_headers == {"X-Auth": MASK, "X-Title": "Imageweb"}


def test_an_empty_secret_masks_nothing() -> None:
    assert Exchange(method="GET", url="u", body=b"body").redacted(["", "a"]).body == b"body"


def named(*pictures: bytes) -> dict[str, bytes]:
    return {hashlib.sha256(picture).hexdigest(): picture for picture in pictures}


PICTURE = b"\x89PNG\r\n\x1a\n" + hashlib.shake_256(b"a").digest(5_001)
OTHER = b"\x89PNG\r\n\x1a\n" + hashlib.shake_256(b"a").digest(60) + hashlib.shake_256(b"b").digest(5_000)
TEXT = base64.b64encode(PICTURE)


def test_an_externalized_body_is_small_and_restored_exactly() -> None:
    pictures = named(PICTURE, OTHER)
    spelled = [
        TEXT,
        TEXT.rstrip(b"="),
        TEXT.replace(b"/", b"\\/"),
        TEXT.replace(b"+", b"\\u002B"),
        base64.urlsafe_b64encode(PICTURE),
        base64.b64encode(OTHER),
    ]
    body = b'{"images":["' + b'","'.join(spelled) + b'"]}'
    externalized = externalize(body, pictures)
    assert len(externalized) < 1_000
    assert inline(externalized, pictures.__getitem__, own=pictures, size=len(body)) == body


def test_base64_split_over_deltas_is_externalized_in_pieces() -> None:
    pictures = named(PICTURE)
    body = b"".join(b'data: {"delta":"' + TEXT[i : i + 1_000] + b'"}\n\n' for i in range(0, len(TEXT), 1_000))
    externalized = externalize(body, pictures)
    assert len(externalized) < 1_500
    assert inline(externalized, pictures.__getitem__, own=pictures, size=len(body)) == body


def test_a_body_with_markers_of_its_own_survives() -> None:
    pictures = named(PICTURE)
    marker = externalize(TEXT, pictures)
    body = marker + TEXT + b"\xe2\x9f\xa6picture \xe2\x9f\xa7" + marker[:30] + TEXT + marker[30:]
    assert inline(externalize(body, pictures), pictures.__getitem__, own=pictures, size=len(body)) == body


pieces = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([TEXT, TEXT[:700], TEXT[600:], TEXT.replace(b"/", b"\\/"), externalize(TEXT, named(PICTURE))]),
    st.sampled_from(["⟦picture ".encode(), "⟧".encode(), b"\xe2", b"0" * 64, b" s 0 1", base64.b64encode(OTHER)]),
)


@given(st.lists(pieces, max_size=12).map(b"".join))
def test_inlining_gives_back_every_body(body: bytes) -> None:
    pictures = named(PICTURE, OTHER)
    assert inline(externalize(body, pictures), pictures.__getitem__, own=pictures, size=len(body)) == body


def test_a_picture_alone_becomes_one_marker() -> None:
    assert externalize(TEXT, named(PICTURE)).count(b"picture") == 1


def test_a_body_that_is_the_picture_itself_becomes_its_marker() -> None:
    pictures = named(PICTURE)
    externalized = externalize(PICTURE, pictures)
    assert len(externalized) < 200
    assert inline(externalized, pictures.__getitem__, own=pictures, size=len(PICTURE)) == PICTURE
    assert inline(externalized, lambda sha256: None, own=pictures, size=len(PICTURE)) == DELETED_PICTURE


def test_what_looks_like_markers_takes_no_memory_beyond_its_length() -> None:
    body = "⟦picture ".encode() * 200_000
    tracemalloc.start()
    escaped = escape(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(escaped)
    assert inline(escaped, lambda sha256: None, own=[], size=len(body)) == body


def test_a_body_of_nothing_but_beginnings_is_externalized_in_linear_time() -> None:
    body = TEXT[:300] * 10_000
    pictures = named(PICTURE, OTHER)
    started = time.thread_time()
    assert inline(externalize(body, pictures), pictures.__getitem__, own=pictures, size=len(body)) == body
    assert time.thread_time() - started < 60


def marked(sha256: str, start: int, end: int, spelling: str = "s") -> bytes:
    return f"⟦picture {sha256} {spelling} {start} {end}⟧".encode()


def test_what_looks_like_a_marker_in_a_body_is_none() -> None:
    body = b"a " + marked("a" * 64, 0, 999_999_999) * 100 + "⟦picture ⟧⟦picture".encode()
    assert (
        inline(escape(body), lambda sha256: pytest.fail("a picture was asked for"), own=["a" * 64], size=len(body))
        == body
    )


def test_a_foreign_picture_is_not_put_back() -> None:
    marker = marked("b" * 64, 0, 400)
    assert inline(marker, lambda sha256: PICTURE, own=["a" * 64], size=10_000) == marker


@pytest.mark.parametrize(("start", "end"), [(0, 999_999_999), (400, 0), (0, 301)])
def test_no_more_is_put_back_than_there_was(start: int, end: int) -> None:
    marker = marked("a" * 64, start, end)
    assert inline(marker, lambda sha256: PICTURE, own=["a" * 64], size=300) == marker


def test_markers_together_put_back_no_more_than_there_was() -> None:
    body = inline(marked("a" * 64, 0, 300) * 50, lambda sha256: PICTURE, own=["a" * 64], size=600)
    assert body.count(marked("a" * 64, 0, 300)) == 48


def test_a_spelling_nobody_knows_is_left_alone() -> None:
    marker = marked("a" * 64, 0, 300, "z")
    assert inline(marker, lambda sha256: PICTURE, own=["a" * 64], size=600) == marker
