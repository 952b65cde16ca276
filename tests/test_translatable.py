"""Messages: English as texts, kept with their values wherever a failure goes, and shown in the reader's language."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db.models import Q
from django.test import Client as Browser
from django.utils.translation import override

from generations.client import Client, Timeouts
from generations.errors import BadPicture, GenerationError, InvalidRequest, PictureGone, TimedOut, TooLarge
from generations.imaging import isolation
from generations.imaging.decode import open_picture
from generations.imaging.fetch import fetch
from generations.isolation import Overrun, Pool
from generations.models import Generation
from generations.protocol.exchange import Exchange
from generations.translatable import Message, PluralMessage, as_json, from_json, gettext_noop, message_in
from generations.translation import translated
from tests.support import hostile, isolated_jobs
from tests.support.cast import Cast, change, make_batch, make_failed
from tests.support.catalogue import write_catalogue
from tests.support.samples import picture

SignIn = Callable[..., Browser]

TEXTS = {
    "The file is empty.": "文件为空。",
    "%(model)s takes at most %(max)s characters.": "%(max)s 是 %(model)s 的字数上限。",
    "The %(what)s is late.": "%(what)s迟到。",
    "prompt": "提示词",
    ("%(number)s picture of %(model)s", "%(number)s pictures of %(model)s"): "%(model)s 的 %(number)s 张图",
    "This %(format)s is cut off or damaged.": "此 %(format)s 文件已损坏。",
    "A reference picture cannot be sent. %(reason)s": "无法发送参考图。%(reason)s",
    "It took longer than %(seconds)s s.": "耗时超过 %(seconds)s 秒。",
    "The picture could not be fetched: %(reason)s": "无法下载图片：%(reason)s",
    "The connection was idle for too long.": "连接空闲过久。",
    "The job took longer than %(seconds)s s.": "任务超过 %(seconds)s 秒。",
    "The connection was lost": "连接已断开",
}
FITTING = Message("%(model)s takes at most %(max)s characters.", model="flux", max=32_000)
NESTED = Message("The %(what)s is late.", what=Message("prompt"))
MANY = PluralMessage("%(number)s picture of %(model)s", "%(number)s pictures of %(model)s", 2_000, model="flux")
MESSAGES = [Message("The file is empty."), FITTING, NESTED, MANY]


@pytest.fixture(autouse=True)
def catalogue(tmp_path: Path, settings: object) -> None:
    write_catalogue(tmp_path, TEXTS)
    settings.LOCALE_PATHS = [tmp_path]  # type: ignore[attr-defined]


def shown(text: str) -> str:
    with override("zh-hans"):
        return translated(text)


# Django writes Chinese numbers without separators.
@pytest.mark.parametrize(
    ("message", "english", "chinese"),
    [
        (MESSAGES[0], "The file is empty.", "文件为空。"),
        (FITTING, "flux takes at most 32,000 characters.", "32000 是 flux 的字数上限。"),
        (NESTED, "The prompt is late.", "提示词迟到。"),
        (MANY, "2,000 pictures of flux", "flux 的 2000 张图"),
        (gettext_noop("The file is empty."), "The file is empty.", "文件为空。"),
        ("The provider wrote this.", "The provider wrote this.", "The provider wrote this."),
        ("", "", ""),
    ],
)
def test_a_message_is_english_as_a_text_and_shown_in_the_active_language(
    message: str, english: str, chinese: str
) -> None:
    assert (str(message), translated(message), shown(message)) == (english, english, chinese)


@pytest.mark.parametrize(("number", "text"), [(0, "0 pictures of a"), (1, "1 picture of a"), (2, "2 pictures of a")])
def test_the_form_of_a_plural_follows_its_number(number: int, text: str) -> None:
    message = PluralMessage("%(number)s picture of %(model)s", "%(number)s pictures of %(model)s", number, model="a")
    assert str(message) == translated(message) == text


def test_what_somebody_wrote_is_not_translated_within_a_message() -> None:
    assert shown(Message("The %(what)s is late.", what="prompt")) == "prompt迟到。"


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize(
    "carried",
    [
        lambda message: pickle.loads(pickle.dumps(message)),
        copy.copy,
        copy.deepcopy,
        lambda message: from_json(json.loads(json.dumps(as_json(message)))),
        lambda message: pickle.loads(pickle.dumps(InvalidRequest(message))).args[0],
    ],
    ids=["pickle", "copy", "deepcopy", "json", "error"],
)
def test_a_message_is_the_same_wherever_it_is_carried(message: Message, carried: Callable[[Message], str]) -> None:
    other = carried(message)
    assert type(other) is type(message)
    assert (str(other), shown(other)) == (str(message), shown(message))


def test_a_plain_text_is_carried_as_it_is() -> None:
    assert from_json(json.loads(json.dumps(as_json("as it came")))) == "as it came"


# ── through the layers ──


def test_a_refusal_crosses_the_child_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "MAX_PIXELS_IN_PROCESS", 1)
    with pytest.raises(BadPicture) as refused:
        open_picture(picture(size=(300, 300)).replace(b"IDAT", b"IDAX"))
    assert shown(refused.value.detail) == "此 PNG 文件已损坏。"


def test_an_overrun_says_by_how_much() -> None:
    pool = Pool(isolated_jobs.__name__, size=1, seconds=0.5, cpu_seconds=1, memory=1024**3)
    with pytest.raises(Overrun) as stopped:
        pool.run("sleep", {}, [])
    assert shown(stopped.value.detail) == "任务超过 0.5 秒。"


def test_what_ends_a_call_is_a_message_also_through_the_library() -> None:
    with hostile.upstream({"/v1/chat/completions": hostile.silent}) as server:
        slow = Client(f"{server.url.rstrip('/')}/v1", timeouts=Timeouts(idle=0.2, total=5))
        failure = slow.send(b"{}", stream=True).failure
    assert isinstance(failure, TimedOut)
    assert shown(failure.detail) == "连接空闲过久。"


def test_a_picture_that_does_not_come_is_a_message_in_a_message() -> None:
    with hostile.black_hole() as port, pytest.raises(PictureGone) as gone:
        fetch(f"http://127.0.0.1:{port}/", own_hosts={f"127.0.0.1:{port}"}, timeouts=(0.3, 1, 5))
    assert shown(gone.value.detail).startswith("无法下载图片：耗时超过 0.")


def test_the_cause_of_an_error_may_hold_the_message() -> None:
    raised = RuntimeError("as the library says it")
    raised.__cause__ = ValueError(FITTING)
    assert message_in(raised) is FITTING
    assert message_in(RuntimeError("plain")) == "plain"


def test_masking_keeps_a_message_and_hides_the_secret_in_its_values() -> None:
    secret = "sk-abcdefghijklmnop"
    inner = Message("%(model)s takes at most %(max)s characters.", model=f"{secret} flux", max=5)
    told = Message("A reference picture cannot be sent. %(reason)s", reason=inner)
    failure = Exchange("POST", "http://a.example", failure=TooLarge(told)).redacted([secret]).failure
    assert failure is not None and secret not in failure.detail
    assert shown(failure.detail) == "无法发送参考图。5 是 ••• flux 的字数上限。"


def test_a_secret_across_the_edge_of_a_value_is_masked_whatever_becomes_of_the_message() -> None:
    secret = "sk-abcdefghijklmnop"
    told = Message("sk-abcdef%(rest)s", rest="ghijklmnop")
    failure = Exchange("POST", "http://a.example", failure=TooLarge(told)).redacted([secret]).failure
    assert failure is not None and secret not in failure.detail and secret not in shown(failure.detail)


# ── through the database and onto a page ──


@pytest.mark.django_db
@pytest.mark.parametrize("message", MESSAGES)
def test_a_row_keeps_english_and_shows_the_readers_language(cast: Cast, message: Message) -> None:
    error = InvalidRequest(Message("A reference picture cannot be sent. %(reason)s", reason=message))
    assert make_batch(cast.ana).generations.get().end(error, Q())
    kept = Generation.objects.get()
    assert kept.detail == kept.shown_detail == f"A reference picture cannot be sent. {message}"
    with override("zh-hans"):
        assert kept.shown_detail == f"无法发送参考图。{shown(message)}"


@pytest.mark.django_db
def test_what_a_provider_wrote_stays_as_it_is(cast: Cast) -> None:
    make_batch(cast.ana).generations.get().end(GenerationError("The file is empty."), Q())
    with override("zh-hans"):
        assert Generation.objects.get().shown_detail == "The file is empty."


@pytest.mark.django_db
def test_yesterdays_failure_is_read_in_todays_language(cast: Cast, signed_in: SignIn) -> None:
    generation = make_failed(cast.ana).generations.get()
    change(generation, detail=str(FITTING), detail_message=FITTING.to_json())
    english = signed_in(cast.ana).get("/").content.decode()
    assert "<strong>The connection was lost</strong>" in english and f"{FITTING}</pre>" in english
    cast.ana.language = "zh-hans"
    cast.ana.save()
    chinese = signed_in(cast.ana).get("/").content.decode()
    assert "<strong>连接已断开</strong>" in chinese and f"{shown(FITTING)}</pre>" in chinese
