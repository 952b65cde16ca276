"""Which language somebody reads: the one they chose, else their browser's, else English."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core import mail
from django.test import Client, RequestFactory
from django.utils import translation
from waitress.adjustments import Adjustments

from generations.models import Person
from generations.views.faults import server_error
from imageweb.server.parser import Request
from tests.support.cast import Cast, make_done
from tests.support.catalogue import translations

SignIn = Callable[..., Client]
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
WORDS = {
    "Settings": "设置",
    "Saved.": "已保存。",
    "Undo": "撤销",
    "Favourite": "收藏",
    "Sign in": "登录",
    "A new password": "新密码",
    "Page not found": "找不到页面",
    "Something went wrong on our side": "我们这边出了问题",
    "The request is too large. At most %(limit)s MB can be sent here.": "请求过大，此处最多 %(limit)s MB。",
}


@pytest.fixture(autouse=True)
def chinese(tmp_path: Path) -> Iterator[None]:
    """A small Chinese of its own, so that these tests need no finished translation."""
    django = {text: [translated] for text, translated in WORDS.items()}
    with translations(tmp_path, {"django": django, "djangojs": {"Copied": ["已复制"]}}):
        yield


def choose(person: Person, language: str) -> None:
    Person.objects.filter(pk=person.pk).update(language=language)


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("zh-CN", "zh-hans"),
        ("zh", "zh-hans"),
        ("zh-Hans-CN, en;q=0.5", "zh-hans"),
        ("fr-FR, zh-CN;q=0.5", "zh-hans"),
        ("en-GB, zh-CN;q=0.9", "en"),
        ("fr", "en"),
        ("", "en"),
        ("x" * 2000, "en"),
        ("*;q=\0", "en"),
    ],
)
def test_who_is_not_signed_in_reads_the_browser_s_language(db: None, client: Client, asked: str, language: str) -> None:
    answer = client.get("/accounts/login/", headers={"Accept-Language": asked})
    page = answer.content.decode()
    assert re.search(r'<html\s+lang="([^"]+)" dir="ltr"', page)[1] == answer["Content-Language"] == language
    assert ("登录" in page) == (language == "zh-hans")
    assert "Accept-Language" in answer["Vary"]


def test_a_chosen_language_is_kept_and_wins_over_the_browser(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    client.post("/settings/save", {"language": "zh-hans"}, headers={"Accept-Language": "en"})
    cast.ana.refresh_from_db()
    assert cast.ana.language == "zh-hans"
    answer = client.get("/settings", headers={"Accept-Language": "en"})
    page = answer.content.decode()
    assert answer["Content-Language"] == "zh-hans" and 'lang="zh-hans" dir="ltr"' in page
    assert "已保存。" in page and "<h1>设置</h1>" in page
    assert re.search(r'<option value="zh-hans" lang="zh-hans" selected>\s*简体中文\s*</option>', page)


def test_english_can_be_chosen_in_a_chinese_browser(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    assert client.get("/settings", headers=CHINESE)["Content-Language"] == "zh-hans"
    client.post("/settings/save", {"language": "en"}, headers=CHINESE)
    answer = client.get("/settings", headers=CHINESE)
    assert answer["Content-Language"] == "en" and "Saved." in answer.content.decode()


def test_no_choice_is_the_browser_s_language_again(cast: Cast, signed_in: SignIn) -> None:
    choose(cast.ana, "en")
    client = signed_in(cast.ana)
    client.post("/settings/save", {"language": ""}, headers=CHINESE)
    answer = client.get("/settings", headers=CHINESE)
    assert answer["Content-Language"] == "zh-hans" and "已保存。" in answer.content.decode()
    assert client.get("/settings", headers={"Accept-Language": "en"})["Content-Language"] == "en"


@pytest.mark.parametrize("stranger", ["fr", "zh", "<b>", "en\0"])
def test_a_language_there_is_not_is_refused_with_a_sentence(cast: Cast, signed_in: SignIn, stranger: str) -> None:
    choose(cast.ana, "zh-hans")
    answer = signed_in(cast.ana).post("/settings/save", {"language": stranger})
    cast.ana.refresh_from_db()
    assert (answer.status_code, cast.ana.language) == (422, "zh-hans")
    assert answer.content.decode().count('class="problem"') == 1


def test_pieces_and_toasts_are_in_the_person_s_language(cast: Cast, signed_in: SignIn) -> None:
    choose(cast.ana, "zh-hans")
    image = make_done(cast.ana).images.get()
    client = signed_in(cast.ana, htmx=True)
    page = image.get_absolute_url()
    liked = client.post(f"{page}/favourite?look=btn", {"like": "1"})
    deleted = client.post("/selection/delete", {"pick": [image.key], "query": ""})
    assert "收藏" in liked.content.decode() and "撤销" in deleted.content.decode()
    assert liked["Content-Language"] == deleted["Content-Language"] == "zh-hans"


def test_the_next_request_of_the_same_thread_has_its_own_language(cast: Cast, signed_in: SignIn) -> None:
    choose(cast.ana, "zh-hans")
    assert signed_in(cast.ana).get("/settings")["Content-Language"] == "zh-hans"
    assert signed_in(cast.ben).get("/settings")["Content-Language"] == "en"


def test_a_mail_is_in_the_language_of_whom_it_goes_to(cast: Cast, client: Client) -> None:
    choose(cast.ana, "zh-hans")
    choose(cast.ben, "en")
    for email in (cast.ana.email, cast.ben.email, "nobody@x.example"):
        client.post("/accounts/password/reset/", {"email": email})
    client.post("/accounts/password/reset/", {"email": cast.ben.email}, headers=CHINESE)
    client.post("/accounts/password/reset/", {"email": "nobody@x.example"}, headers=CHINESE)
    subjects = [letter.subject.removeprefix(project.ACCOUNT_EMAIL_SUBJECT_PREFIX) for letter in mail.outbox]
    assert subjects == ["新密码", "A new password", "A new password", "A new password", "新密码"]


def test_pages_for_what_went_wrong_are_translated(cast: Cast, signed_in: SignIn, rf: RequestFactory) -> None:
    assert "找不到页面" in signed_in(cast.ana).get("/nothing", headers=CHINESE).content.decode()
    with translation.override("zh-hans"):
        page = server_error(rf.get("/")).content.decode()
    assert "我们这边出了问题" in page and 'lang="zh-hans"' in page


@pytest.mark.parametrize(("asked", "sentence"), [("zh-CN", "请求过大"), ("fr", "too large"), ("", "too large")])
def test_the_server_refuses_in_the_browser_s_language(asked: str, sentence: str) -> None:
    request = Request(Adjustments())
    head = f"POST /theme HTTP/1.1\r\nHost: x\r\nAccept-Language: {asked}\r\nContent-Length: {10**9}\r\n\r\n"
    request.received(head.encode())
    assert request.error is not None
    _, _, body = request.error.to_response()
    assert sentence in body.decode() and " 1 MB" in body.decode()
    assert translation.get_language() == "en"


def test_the_scripts_texts_are_kept_for_ever_under_an_address_that_changes(client: Client, db: None) -> None:
    page = client.get("/accounts/login/", headers=CHINESE).content.decode()
    address = re.search(r'<script src="(/texts/zh-hans/[0-9a-f]{12}\.js)" defer>', page)[1]
    script = client.get(address)
    assert r"\u5df2\u590d\u5236" in script.content.decode()
    assert "immutable" in script["Cache-Control"]
    assert "/texts/" not in client.get("/accounts/login/").content.decode()
    assert client.get(address.replace("zh-hans", "fr")).status_code == 404
    assert client.get("/texts/zh-hans/000000000000.js").status_code == 404


def test_no_words_are_in_styles() -> None:
    styles = {
        path.name: path.read_text(encoding="utf-8") for path in Path(project.BASE_DIR, "static/css").glob("*.css")
    }
    contents = {
        (name, found) for name in styles for found in re.findall(r"(?<![-\w])content:\s*([^;]+);", styles[name])
    }
    assert contents and {each for each in contents if each[1] not in ('""', "none")} == set()
    assert ":lang(zh)" in styles["tokens.css"]
