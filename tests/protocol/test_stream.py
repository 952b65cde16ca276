"""Streams: lines and events by the standard, live progress, and the same answer however the bytes are cut."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generations.protocol.response import read
from generations.protocol.sse import Event, EventDecoder, LineDecoder
from generations.protocol.stream import Progress, StreamReader
from tests.protocol.test_answers import FOLDER, body_of
from tests.protocol.test_mixtures import URI, told


def lines_of(*pieces: bytes) -> list[str]:
    decoder = LineDecoder()
    return [line for piece in pieces for line in decoder.decode(piece)] + decoder.flush()


def test_only_cr_lf_and_crlf_end_a_line() -> None:
    assert lines_of("a\nb\rc\r\nd\u2028e\x85f\x0bg".encode()) == ["a", "b", "c", "d\u2028e\x85f\x0bg"]


def test_a_crlf_may_be_split() -> None:
    assert lines_of(b"a\r", b"\nb\r", b"c", b"\n") == ["a", "b", "c"]


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b"data: x"]), max_size=20).map(b"".join), st.data())
def test_lines_are_the_same_however_bytes_are_split(body: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(body)))
    whole = [line for line in lines_of(body) if line]
    assert [line for line in lines_of(body[:cut], body[cut:]) if line] == whole


def test_an_event_is_a_name_and_its_data_lines() -> None:
    decoder = EventDecoder()
    assert [decoder.decode(line) for line in (": hi", "id: 1", "event: error", "data: a", "data:  b", "datax: c")] == [
        None
    ] * 6
    assert decoder.decode("") == Event("error", ("a", " b"))
    assert decoder.decode("") is None


def fed(body: bytes, size: int) -> StreamReader:
    reader = StreamReader()
    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    return reader


def test_progress_grows_and_stays_below_all_of_it() -> None:
    reader = StreamReader()
    shown = []
    for words in (
        ">🕐 排队中.",
        "\n\n>⚡ 生成中",
        "\n\n>🏃 进度 7",
        "2",
        "..\n\nThe sky ",
        "comes first.",
        "\n\nProgress 40..[10",
        "0](https://x.example/p?q=1)",
        f"\n![a]({URI})",
    ):
        if progress := reader.feed(told(words, finish=None, done=False)):
            shown.append(progress)
    shown.append(reader.feed(told()))
    assert list(dict.fromkeys(progress.percent for progress in shown if progress)) == [None, 7, 72]
    assert shown[0] == Progress(None, "queued")
    assert [progress.phase for progress in shown if progress][-1] == "done"
    assert list(dict.fromkeys(progress.line for progress in shown if progress)) == ["", "The sky comes first."]


PROMPT = "A red bicycle in rain, 50% blue"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("100% done\nHere\n75% done\nprompt\n", ""),
        ("Progress 7....13", ""),
        (">🕐 Queuing....\n\n>⚡ Generating... 40%\n\n> ✅ Generation complete\n", ""),
        ("Drawing the sky, 45% completed\n", "Drawing the sky"),
        ("First the sky. Then the ra", "First the sky."),
        ("先画天空。然后画自行", "先画天空。"),
        ("It takes 3.5 seconds. Now the ra", "It takes 3.5 seconds."),
        ("Softening the outlines near the mole\n", "Softening the outlines near the mole"),
        ("Softening the outlines near the mole", ""),
        ("Prompt: A red bicycle in rain.\n", ""),
        ("I read it. A red bicycle in rain, 50% blue.", "I read it."),
        ("“A red bicycle, in rain”.\n", ""),
        ('```json\n{"prompt": "A blue house.", "n": 1}\n```\n> ID: `task_0123456789ab`\n', ""),
        ('{"prompt": "A blue house. A gre', ""),
        ("Sky first. ```py\nDraw it. Now.", "Sky first."),
        ("Here it is! ![a](data:image/png;base64,AAAA", "Here it is!"),
        ("Look at https://a.example/b.png now. ", ""),
        ("<think>The sky is red.</think>", ""),
        ("**Painting** the `sky` _now_.", "Painting the sky now."),
        ("Sky " * 100 + ".", ("Sky " * 50)),
    ],
)
def test_a_remark_is_the_newest_whole_sentence_of_the_model_itself(said: str, line: str) -> None:
    reader = StreamReader(prompt=PROMPT)
    reader.feed(told(said, finish=None, done=False))
    assert reader._shown.line == line


def test_a_reader_finishes_with_the_same_answer_as_one_read() -> None:
    body = told("Here: ", f"![a]({URI})")
    assert fed(body, 1).finish() == read(body)


STREAMS = sorted(path for path in FOLDER.glob("*.json") if '"sse"' in path.read_text() and path.stat().st_size < 20_000)


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_the_last_progress_does_not_depend_on_the_split(path: object, size: int) -> None:
    body = body_of(json.loads(path.read_text()))
    assert fed(body, size)._shown == fed(body, len(body))._shown


@pytest.mark.parametrize("cut", range(1, 20))
def test_no_line_shows_a_secret_not_even_its_beginning(cut: int) -> None:
    secret = "sk-violet-harbour_92"
    reader = StreamReader(secrets=[secret])
    for words in ("Your key ", secret[:cut], secret[cut:], " is odd."):
        shown = reader.feed(told(words))
        if shown is not None:
            assert "violet" not in shown.line and "harbour" not in shown.line
    assert reader._shown.line == "Your key ••• is odd."


@settings(max_examples=40)
@given(st.binary(max_size=300), st.integers(1, 50))
def test_no_bytes_break_a_live_reader(body: bytes, size: int) -> None:
    assert fed(body, size).finish() == read(body)


def test_a_line_of_ten_megabytes_is_one_picture() -> None:
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(7_500_000) + b"IEND").decode()
    body = told(f"![a](data:image/png;base64,{picture})")
    assert len(fed(body, 65_536).finish().images) == 1


def test_what_is_not_looked_at_is_seen_at_the_next_look() -> None:
    reader = StreamReader()
    assert reader.feed(told("进度 10%", done=False, finish=None), update=False) is None
    assert reader.feed(told("..20%", done=False, finish=None)) == Progress(20, "drawing")


@pytest.mark.parametrize("piece", [b'""\n', b"data:ab\n", b"data: " + b"a" * 1000, b"{\n"])
def test_an_event_that_never_ends_is_not_kept(piece: bytes) -> None:
    reader = StreamReader(keeps=False)
    reader.feed(b"{\n")
    for _ in range(2_000):
        reader.feed(piece * 10)
    held = sum(map(len, reader._events._lines)) + sum(map(len, reader._lines._open))
    assert held < 300_000


def test_secrets_are_looked_for_only_where_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = StreamReader(keeps=False, secrets=["sk-secret-of-ours"])
    masked: list[str] = []
    monkeypatch.setattr(reader, "_mask", lambda text: masked.append(text) or text)
    for _ in range(100):
        reader.feed(told("&#65;", finish=None, done=False), update=False)
    assert masked == []
    reader.feed(told("&#65;", finish=None, done=False))
    assert len(masked) == 1


def test_a_secret_at_the_beginning_of_the_tail_is_not_shown_in_part() -> None:
    secret = "sk-" + "harbour" * 6
    for extra in range(0, 60, 3):
        reader = StreamReader(keeps=False, secrets=[secret])
        reader.feed(told(f"{secret} " + "x " * (2_048 + extra), finish=None, done=False))
        assert "harbour" not in reader._shown.line
