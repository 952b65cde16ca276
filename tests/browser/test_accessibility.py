"""axe on every page, in both themes, wide and narrow, with what opens open; and no sideways scrolling."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from generations.models import Attempt, Draft, Generation, Hold, Image, Person, Reread, RetentionRule, Verdict, Worker
from generations.models.erasure import erase
from generations.models.inviting import invite
from generations.models.key import now
from generations.models.pasted_addresses import Address
from generations.models.team import welcome_path
from tests.support.cast import (
    Cast,
    change,
    make_batch,
    make_done,
    make_failed,
    make_generation,
    make_model,
    make_person,
    make_reference,
)
from tests.support.catalogue import collect, lengthened, longer, translations
from tests.support.services import require

# What is opened asks for what it shows before the frame after the next.
UNFOLD = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
WIDTHS = [1440, 390]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""Those a theme makes a difference to: it changes colours and nothing else."""
AXE = f"() => {{ if (!window.axe) {{ {Axe().axe_script} }} }}"
RUN = """async (rules) => {
  const { violations } = await axe.run({ runOnly: rules, resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html }) => html.slice(0, 160))]);
}"""


@pytest.fixture
def paths(cast: Cast) -> dict[str, str]:
    """Every page, with every state of a strip on the studio's."""
    Worker.objects.create(name="w", slots=1, heartbeat_at=now(hours=1))
    make_model("nano-banana")
    begun = make_done(cast.ana, prompt="A red bicycle")
    done = make_done(cast.ana, pictures=4, parent=begun.images.get(), derivation="refine", lineage_root=begun)
    make_done(cast.ana, prompt="A blue bicycle", parent=done.images.first(), derivation="again", lineage_root=begun)
    make_reference(done)
    change(done.generations.get(), remark="I kept both labels empty.")
    make_failed(cast.ana, kind="request_rejected", charged="no")
    change(make_failed(cast.ana, kind="declined").generations.get(), detail="I would rather not.")
    change(make_batch(cast.ana).generations.get(), state="cancelled", kind="cancelled", cancel_asked_by=cast.ana)
    change(make_batch(cast.ana).generations.get(), kind="rate_limited", charged="no", run_at=now(seconds=60))
    running = make_batch(cast.ana, n=2)
    change(running.generations.get(), state="running", started_at=now(), percent=40, progress_text="Generating… 40%")
    make_generation(running)
    make_batch(cast.ana, visibility="private")
    generation = done.generations.get()
    return {
        "studio": "/",
        "older": f"/?before={running.pk}",
        "batch": done.get_absolute_url(),
        "image": f"/i/{generation.images.first().key}",
        "compare": f"/compare?i={generation.images.first().key}&i={generation.images.last().key}",
        "settings": "/settings",
        "queue": "/queue",
        "usage": "/usage",
        "exchange": f"/g/{generation.key}/exchange",
        "missing": "/nothing",
        "password": "/accounts/password/change/",
        "sign-out": "/accounts/logout/",
    }


def test_what_a_model_does_not_take_is_said(cast: Cast, open_page: Callable[..., Page]) -> None:
    make_model("edits", min_references=1)
    page = open_page(cast.ana, "/?model=edits")
    assert page.locator("#fits > *").count() == 1
    assert violations(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_a_person(cast: Cast, paths: dict[str, str], open_page: Callable[..., Page], width: int) -> None:
    page = open_page(cast.ana, width=width)
    assert violations(page) == []
    for opener in ("models", "shapes", "more", "me"):
        page.evaluate(f"document.getElementById('{opener}').showPopover()")
        assert (opener, violations(page)) == (opener, [])
        page.evaluate(f"document.getElementById('{opener}').hidePopover()")
    page.locator(".notice").get_by_role("button", name="More").first.click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("a[data-lightbox]").first.click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("a[href$='/instruct']").first.dispatch_event("click")
    page.wait_for_selector(".refining")
    page.evaluate("scrollTo(0, 0)")  # Half under the sticky bar a link would be too small a target.
    assert violations(page) == []
    page.evaluate("document.getElementById('help').showModal()")
    assert violations(page) == []
    for name, path in paths.items():
        if name == "missing":
            continue
        page.goto(path)
        page.evaluate(UNFOLD)
        expect(page.locator(".htmx-request")).to_have_count(0)
        assert (name, violations(page)) == (name, [])
        assert (name, page.evaluate("document.documentElement.scrollWidth")) == (name, width)


OF_STAFF = (
    "/record",
    "/record?what=money",
    "/record/check",
    "/record/reread",
    "/record/reread?since=2026-01-01",
    "/record/retention",
    "/record/holds",
    "/record/erasures",
    "/record/responses?q=labels",
    "/evidence/check",
    "/review/refused?all=1",
    "/people",
    "/person/ben",
    "/person/ben/erasure",
    "/status",
    "/queue",
    "/queue?show=failed",
    "/usage",
    "/people/groups",
)


@pytest.fixture
def kept(cast: Cast, paths: dict[str, str]) -> None:
    """Holds, rules, entries and somebody who was erased, for the pages that list them."""
    gone = make_person("eli", cast.design)
    held = make_done(gone).images.get()
    for target in ({"image": held}, {"person": cast.ana}):
        Hold(name="Aldea contract", reason="Dispute about usage rights, file 25/114", **target).place(cast.sam)
    erase(gone, cast.sam)
    released = Hold(name="Closed file", reason="Closed", person=cast.cy)
    released.place(cast.sam)
    released.release(cast.sam)
    for kind, team, days in (("drafts", None, 30), ("exchanges", None, 365), ("trash", cast.design, 7)):
        RetentionRule.objects.keep(kind, team, days, cast.sam)
    Draft.objects.create(person=cast.ben, fields={}, saved_at=now(days=-40))
    Attempt.objects.update(text="I kept both labels empty.")
    failed = Generation.objects.filter(state="failed")
    found = [{"generation": each.key, "was": each.kind, "now": ""} for each in failed]
    Reread.objects.create(since=timezone.now(), by=cast.sam, finished_at=now(), read=9, otherwise=2, found=found)
    Reread.objects.ask(timezone.now(), cast.sam)


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_an_administrator(cast: Cast, kept: None, open_page: Callable[..., Page], width: int) -> None:
    page = open_page(cast.sam, width=width)
    for path in OF_STAFF:
        page.goto(path)
        page.evaluate(UNFOLD)
        assert (path, violations(page)) == (path, [])
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, width)
        if width == 390:
            assert (path, page.evaluate(LOW)) == (path, [])


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_before_signing_in(transactional_db: None, open_page: Callable[..., Page], width: int) -> None:
    page = open_page(None, "/accounts/login/", width=width)
    for path in ("/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", welcome_path()):
        page.goto(path)
        assert (path, violations(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_thumb_hits_what_a_phone_shows(cast: Cast, paths: dict[str, str], open_page: Callable[..., Page]) -> None:
    page = open_page(cast.ana, width=390)
    for path in ("/", "/library", paths["batch"], paths["image"], paths["settings"]):
        page.goto(path)
        assert (path, page.evaluate(LOW)) == (path, [])


@pytest.mark.parametrize("width", [1440, 390])
def test_no_name_stumbles_over_a_stop(
    cast: Cast, paths: dict[str, str], open_page: Callable[..., Page], width: int
) -> None:
    for image, state in zip(Image.objects.order_by("pk"), ("approved", "rejected"), strict=False):
        Verdict.objects.give(cast.lea, image, state)
    page = open_page(cast.ana, width=width)
    page.locator("a[href$='/instruct']").first.dispatch_event("click")
    page.wait_for_selector(".refining")
    said = spoken(page)
    for name, path in (paths | {"library": "/library"}).items():
        if name != "missing":
            page.goto(path)
            page.evaluate(UNFOLD)
            said |= spoken(page)
    assert any("approved" in each for each in said) and any(each.startswith("Refine") for each in said)
    assert [each for each in sorted(said) if re.search(r"\s[:,.;!?)]", each)] == []


@pytest.fixture
def long_words(tmp_path: Path) -> Iterator[None]:
    """A Chinese that is English with words two fifths longer."""
    require("gettext")
    collected = collect(tmp_path / "source")
    catalogues = {domain: lengthened(catalogue) for domain, catalogue in collected.items()}
    with translations(tmp_path / "longer", catalogues):
        yield


def test_longer_words_have_room(
    long_words: None, cast: Cast, kept: None, paths: dict[str, str], open_page: Callable[..., Page]
) -> None:
    """As a language would have them whose words are two fifths longer than the English ones."""
    Person.objects.update(language="zh-hans")
    page = open_page(cast.ana)
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    for name, path in (paths | {"library": "/library", "trash": "/trash"}).items():
        if name != "missing":
            page.goto(path)
            page.evaluate(UNFOLD)
            assert (name, cramped(page)) == (name, [])
    page.goto("/settings")
    expect(page.locator("h1")).to_have_text(longer("Settings"))
    invite(cast.design, [Address("wei.zhang-and-company@harbour.example", "Wei Zhang")], cast.lea, role="reviewer")
    staff = open_page(cast.sam)
    for path in (f"/people?team={cast.design.key}", *OF_STAFF):
        staff.goto(path)
        staff.evaluate(UNFOLD)
        assert (path, cramped(staff)) == (path, [])


def test_longer_words_have_room_before_signing_in(
    long_words: None, transactional_db: None, open_page: Callable[..., Page]
) -> None:
    page = open_page(None, "/accounts/login/", language="zh-CN")
    for path in ("/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", welcome_path()):
        page.goto(path)
        assert (path, cramped(page)) == (path, [])
    expect(page.locator("h1")).to_have_text(longer("Create the administrator account"))


def cramped(page: Page) -> list[tuple[int, str]]:
    """What has no room at some width: the page that scrolls sideways, and buttons wider than their box."""
    found = []
    for width in (1440, 390, 360):
        page.set_viewport_size({"width": width, "height": 900})
        found += [(width, each) for each in page.evaluate(CRAMPED)]
    return found


CRAMPED = """() => {
  const page = document.scrollingElement;
  const isWide = page.scrollWidth > innerWidth ? [`the page has ${page.scrollWidth}`] : [];
  const buttons = [...document.querySelectorAll("button, .btn, .seg label, .chip, .tag, .tabbar a, summary, select")]
    .filter((el) => el.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !el.closest(".vh"))
    .filter((el) => el.clientWidth && (el.scrollWidth > el.clientWidth + 1 || el.scrollHeight > el.clientHeight + 2));
  return isWide.concat(buttons.map((el) => el.outerHTML.slice(0, 160)));
}"""


def spoken(page: Page) -> set[str]:
    """The names that the browser tells a screen reader."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    named = [node for node in nodes if not node["ignored"] and node.get("name", {}).get("value")]
    return {node["name"]["value"] for node in named if node["role"]["value"] not in ("StaticText", "InlineTextBox")}


LOW = """
[...document.querySelectorAll("main :is(button, summary, select, .btn, .chip, .seg :is(label, a), .frame__pick)")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter((element) => !element.closest(".vh") && element.getBoundingClientRect().height < 43.5)
  .map((element) => element.outerHTML.slice(0, 120))
"""


def violations(page: Page) -> list[tuple[str, str, list[str]]]:
    """Rules that are broken, each with the theme in which and the elements that break it. Leaves the light theme."""
    page.evaluate(AXE)
    found = [("light", *each) for each in page.evaluate(RUN, RULES)]
    page.emulate_media(color_scheme="dark")
    found += [("dark", *each) for each in page.evaluate(RUN, COLOUR_RULES)]
    page.emulate_media(color_scheme="light")
    return found
