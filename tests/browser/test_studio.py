"""The studio as a person sees it: nothing reloads, nothing jumps, nothing is sent twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from generations.models import Batch, Generation
from generations.models.key import now
from tests.browser.test_accessibility import violations
from tests.support.cast import (
    Cast,
    change,
    make_batch,
    make_done,
    make_failed,
    make_generation,
    make_image,
    make_model,
    make_png,
)

pytestmark = pytest.mark.usefixtures("somebody_works")

Open = Callable[..., Page]


def write(page: Page, prompt: str = "A red bicycle in rain", count: int = 4) -> None:
    page.locator(f"input[name=n][value='{count}']").check(force=True)
    page.locator(".composer__prompt").fill(prompt)


@pytest.mark.parametrize("width", [1440, 390])
def test_four_frames_appear_one_by_one(cast: Cast, open_page: Open, width: int) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana, width=width)
    page.evaluate("window.isSamePage = true")
    write(page)
    page.keyboard.press("Control+Enter")
    strip = page.locator(".strip").first
    expect(strip.locator(".is-waiting")).to_have_count(4)
    expect(page.locator("#lamp")).to_contain_text("4")
    painted = page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    generations = list(Batch.objects.last().generations.order_by("position"))
    for place, generation in enumerate(generations, 1):
        change(generation, state="running", started_at=now(), percent=30)
        bar = strip.locator(f"#f-{generation.key}-1.is-developing progress")
        expect(bar).to_have_attribute("value", re.compile(r"^[3-9]\d(\.\d+)?$"))  # it counts on by itself
        make_image(generation, width=64, height=64)
        ended = {"state": "succeeded", "charged": "yes", "cost": generation.price, "finished_at": now()}
        change(generation, **ended, percent=100)
        expect(strip.locator(".is-fresh")).to_have_count(place)
        expect(page.locator("#live")).to_contain_text(f"Picture {place} of 4 is ready.")
        page.evaluate("document.querySelector('.is-fresh:not([data-kept])').dataset.kept = 1")
    expect(strip.locator("[data-kept]")).to_have_count(4)
    expect(strip.locator(".tag")).to_have_text("Done")
    expect(page.locator("#pulse")).to_have_attribute("hx-trigger", "pulse:start from:body, every 60s")
    assert page.evaluate("window.isSamePage")
    assert page.evaluate("(since) => window.shifts.filter((shift) => shift.at > since)", painted) == []


def test_what_fails_meanwhile_is_tried_again_together(cast: Cast, open_page: Open) -> None:
    batches = [make_batch(cast.ana) for _ in range(2)]
    page = open_page(cast.ana)
    button = page.get_by_role("button", name="Retry 2 failed")
    for batch in batches:
        expect(button).to_have_count(0)
        change(batch.generations.get(), state="failed", kind="rate_limited", charged="no", finished_at=now())
        expect(page.locator(f"#g-{batch.key}-state")).to_have_text("Failed")
    button.click()
    expect(page.locator("article.strip .tag", has_text="Queued")).to_have_count(2)
    expect(page.locator("article.strip")).to_have_count(2)
    expect(button).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("article.strip .tag", has_text="Failed")).to_have_count(2)
    expect(button).to_be_visible()
    assert Generation.objects.count() == 2


def test_a_double_click_sends_once_and_the_form_can_send_again(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    write(page, count=1)
    page.locator(".btn--expose").dblclick()
    expect(page.locator("article.strip")).to_have_count(1)
    assert Batch.objects.count() == 1
    page.locator(".btn--expose").click()
    expect(page.locator("article.strip")).to_have_count(2)
    expect(page.locator("#blank")).to_have_count(0)


def test_the_second_click_of_a_slow_double_click_buys_nothing(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    frame = page.locator("figure.frame:has(a[data-lightbox])").first
    write(page, count=1)
    for button in (page.locator(".btn--expose"), frame.get_by_role("button", name="Vary")):
        before = Batch.objects.count()
        button.click()
        expect(page.locator("article.strip")).to_have_count(before + 1)
        button.hover()
        page.mouse.down(click_count=2)
        page.mouse.up(click_count=2)
        button.click()
        expect(page.locator("article.strip")).to_have_count(before + 2)
        assert Batch.objects.count() == before + 2


def test_a_key_held_down_acts_once(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/vary") else None)
    submission = page.locator("#act [name=submission]")
    first = submission.input_value()
    page.locator(".frame__box[href]").first.focus()
    page.keyboard.down("v")
    expect(page.locator("article.strip")).to_have_count(2)
    page.keyboard.down("v")
    page.keyboard.up("v")
    expect(submission).not_to_have_value(first)  # until then a second one is the first once more
    expect(page.locator("button[disabled][data-key=v]")).to_have_count(0)
    page.keyboard.press("v")
    expect(page.locator("article.strip")).to_have_count(3)
    assert len(sent) == 2


def test_a_link_is_copied_also_where_the_browser_has_no_clipboard(cast: Cast, open_page: Open) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    page = open_page(cast.ana)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("window.kept = navigator.clipboard")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.locator("figure.frame").first.hover()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#toast")).to_contain_text("Link copied")
    assert page.evaluate("kept.readText()") == page.url.rstrip("/") + image.get_absolute_url()


def test_no_answer_is_said_until_there_is_one(cast: Cast, open_page: Open, browser: Browser) -> None:
    make_batch(cast.ana)
    known = open_page(cast.ana)
    context = browser.new_context(base_url=known.url)
    context.add_cookies(known.context.cookies())
    page = context.new_page()
    page.goto("/")
    for away in (lambda route: route.abort(), lambda route: route.fulfill(status=502)):
        page.route("**/pulse*", away)
        expect(page.get_by_text("No connection.")).to_be_visible()
        page.unroute("**/pulse*")
        expect(page.get_by_text("No connection.")).to_be_hidden()
    context.close()


def test_what_cannot_be_sent_keeps_the_words(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    cast.model.is_enabled = False
    cast.model.save()
    write(page, "Keep me")
    page.locator(".btn--expose").click()
    expect(page.locator("#problem")).to_contain_text("no longer offered")
    expect(page.locator(".composer__prompt")).to_have_value("Keep me")


def test_the_words_outlive_the_session(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    write(page, "Do not lose me")
    page.context.clear_cookies()
    page.on("console", lambda said: None)
    page.route(
        "**/compose", lambda route: route.fulfill(status=204, headers={"HX-Redirect": "/accounts/login/?next=/"})
    )
    page.locator(".btn--expose").click()
    page.wait_for_url("**/accounts/login/**")
    page.unroute("**/compose")
    page.fill("#id_login", "ana")
    page.fill("#id_password", "a darkroom lamp")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".composer__prompt")).to_have_value("Do not lose me")


def test_a_reference_is_picked_sent_and_kept(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    write(page, count=1)
    picture = {"name": "bottle.png", "mimeType": "image/png", "buffer": make_png()}
    page.locator("input[type=file]").set_input_files([picture])
    expect(page.locator(".composer .ref img[alt='bottle.png']")).to_be_visible()
    page.locator(".btn--expose").click()
    expect(page.locator("article.strip .ref--s")).to_have_count(1)
    reference = Batch.objects.get().references.get()
    expect(page.locator("input[name=ref]")).to_have_value(reference.key)


def test_sizes_follow_the_models(cast: Cast, open_page: Open) -> None:
    from_words = cast.model.provider.models.create(name="words-only", sizes=["3:2"], max_references=0)
    page = open_page(cast.ana)
    page.locator("[popovertarget=models]").click()
    page.locator(f"#models input[value='{from_words.key}']").check()
    expect(page.locator("[data-models-label]")).to_have_text("gpt-image-1, words-only")
    expect(page.locator("label.ref--add")).to_be_hidden()
    page.keyboard.press("Escape")
    page.locator("[popovertarget=shapes]").click()
    page.locator(".chip", has_text="1024×1024").click()
    expect(page.locator("#fits")).to_have_text("words-only does not support 1024×1024 and uses the closest, 3:2.")
    expect(page.locator("#estimate")).to_have_text("")


def test_the_estimate_follows_the_models(cast: Cast, open_page: Open) -> None:
    slow = make_done(cast.ana).generations.get()
    change(slow, model=make_model("sora_image", price="0.10"), started_at=slow.finished_at - timedelta(seconds=72))
    make_done(cast.ana)
    page = open_page(cast.ana)
    estimate = page.locator("#estimate")
    expect(estimate).to_have_text("≈ $0.042 · 9 s")
    page.locator("[popovertarget=models]").click()
    page.locator(f"#models input[value='{slow.model.key}']").check()
    expect(estimate).to_have_text("≈ $0.14 · 1 min 10 s")
    page.locator(f"#models input[value='{cast.model.key}']").uncheck()
    expect(estimate).to_have_text("≈ $0.10 · 1 min 10 s")


def test_what_is_sent_while_a_look_is_on_its_way_goes_first(cast: Cast, open_page: Open) -> None:
    make_batch(cast.ana)
    page = open_page(cast.ana)
    held: list[Route] = []
    page.route("**/pulse?*", lambda route: held.append(route))
    page.wait_for_event("request", lambda request: "/pulse?" in request.url)
    write(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("article.strip")).to_have_count(2)
    page.unroute_all(behavior="ignoreErrors")


def test_the_keyboard_keeps_its_place_when_a_button_goes(cast: Cast, open_page: Open) -> None:
    batch = make_batch(cast.ana)
    page = open_page(cast.ana)
    page.locator(f"#g-{batch.key}-cancel").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#g-{batch.key} h3 a")).to_be_focused()


def test_what_is_tried_again_far_down_is_said(cast: Cast, open_page: Open) -> None:
    make_failed(cast.ana)
    page = open_page(cast.ana)
    page.get_by_role("button", name="Retry", exact=True).first.click()
    expect(page.locator("#toast")).to_contain_text(re.compile(r"No\. \d+ is sent again\."))


def test_what_stands_below_a_failure_does_not_jump(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana, prompt="below")
    generation = make_batch(cast.ana, n=2).generations.get()
    page = open_page(cast.ana)
    row = page.locator(".strip__row").first
    height = row.bounding_box()["height"]
    change(generation, state="failed", kind="cut", charged="maybe", finished_at=now())
    expect(row).to_contain_text("The connection was lost")
    assert row.bounding_box()["height"] == pytest.approx(height, abs=1)
    page.reload()
    assert row.bounding_box()["height"] < height - 20


@pytest.mark.parametrize("count", [1, 2])
def test_on_a_phone_a_failure_is_read_in_the_place_its_frames_had(cast: Cast, open_page: Open, count: int) -> None:
    make_model("nano-banana")
    make_done(cast.ana, prompt="below")
    generation = make_batch(cast.ana, n=count, size="1536x1024").generations.get()
    change(generation, state="running", size="1536x1024", started_at=now())
    page = open_page(cast.ana, width=390)
    strip, below = page.locator(".strip").all()
    below.scroll_into_view_if_needed()
    top, height = below.bounding_box()["y"], strip.bounding_box()["height"]
    page.evaluate("() => { shifts.length = 0 }")
    change(generation, state="failed", kind="reading_stopped", charged="maybe", finished_at=now())
    expect(strip).to_contain_text("Reading the answer took too long")
    assert below.bounding_box()["y"] == pytest.approx(top, abs=1)
    assert page.evaluate(SHIFTED) == []
    first = strip.get_by_role("button", name="Re-check the saved response")
    unfold = strip.get_by_role("button", name="Show all of it")
    expect(first).to_be_in_viewport(ratio=1)
    assert not violations(page)
    if count == 1:  # where one frame was there is room for all of it
        expect(unfold).to_be_hidden()
        return
    expect(unfold).to_be_in_viewport(ratio=1)
    unfold.click()
    expect(first).to_be_focused()
    expect(unfold).to_be_hidden()
    assert strip.bounding_box()["height"] > height


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_the_offer_to_try_all_again_takes_no_line(cast: Cast, open_page: Open, width: int) -> None:
    make_failed(cast.ana)
    generation = make_batch(cast.ana).generations.get()
    page = open_page(cast.ana, width=width)
    strip = page.locator(".strip").first
    top = strip.bounding_box()["y"]
    change(generation, state="failed", kind="cut", charged="maybe", finished_at=now())
    expect(page.get_by_role("button", name="Retry 2 failed")).to_be_visible()
    assert strip.bounding_box()["y"] == top
    assert page.evaluate("document.documentElement.scrollWidth") == width


SHIFTED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(
  shifts.filter((shift) => shift.by > 0.0001)
))))"""


def test_focus_stays_while_the_page_changes(cast: Cast, open_page: Open) -> None:
    batch = make_batch(cast.ana)
    page = open_page(cast.ana)
    page.locator(f"#g-{batch.key}-cancel").focus()
    change(batch.generations.get(), state="running", started_at=now())
    expect(page.locator(f"#g-{batch.key}-state")).to_have_text("Developing")
    assert page.evaluate("document.activeElement.id") == f"g-{batch.key}-cancel"


def test_cancel_and_run_again(cast: Cast, open_page: Open) -> None:
    make_batch(cast.ana)
    page = open_page(cast.ana)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".tag--off")).to_have_text("Cancelled")
    page.get_by_role("button", name="Retry", exact=True).click()
    expect(page.locator("article.strip .tag")).to_have_text("Queued")
    expect(page.locator("article.strip")).to_have_count(1)
    assert Generation.objects.filter(state="queued").count() == 1


def test_a_failure_is_tried_on_another_model_in_its_own_strip(cast: Cast, open_page: Open) -> None:
    failed = make_failed(cast.ana, kind="model_not_found").generations.get()
    model = make_model("flux-kontext-pro")
    page = open_page(cast.ana)
    page.get_by_role("button", name="Try on flux-kontext-pro").dblclick()
    strip = page.locator("article.strip")
    expect(strip.get_by_text("Tried again: The provider does not offer this model")).to_be_visible()
    expect(strip).to_have_count(1)
    expect(strip.locator(".frame.is-waiting")).to_have_count(1)
    [again] = Generation.objects.filter(retry_of__isnull=False)
    assert (again.retry_of, again.model, again.batch) == (failed, model, failed.batch)
    change(again, state="running", started_at=now())
    expect(strip.locator(".frame.is-developing")).to_have_count(1)


def test_a_failed_strip_is_removed_and_put_back_where_it_was(cast: Cast, open_page: Open) -> None:
    batches = [make_failed(cast.ana) for _ in range(3)]
    page = open_page(cast.ana)
    strips = page.locator("article.strip")
    strips.nth(1).get_by_role("button", name="Remove").click()
    expect(strips).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(strips.nth(1)).to_have_attribute("id", f"g-{batches[1].key}")
    assert not violations(page)


def test_without_script_a_failure_is_tried_on_another_model(cast: Cast, open_page: Open, browser: object) -> None:
    make_failed(cast.ana)
    make_model("flux-kontext-pro")
    page = open_page(cast.ana)
    plain = browser.new_context(java_script_enabled=False, base_url=page.url)
    plain.add_cookies(page.context.cookies())
    page = plain.new_page()
    page.goto("/")
    page.locator(".notice").get_by_role("button", name="More").click()
    page.get_by_role("button", name="Try on flux-kontext-pro").click()
    expect(page.locator("h1")).to_contain_text("No.")
    assert Generation.objects.get(retry_of__isnull=False).model.name == "flux-kontext-pro"
    plain.close()


def test_a_waiting_retry_is_tried_now(cast: Cast, open_page: Open) -> None:
    generation = make_batch(cast.ana).generations.get()
    change(generation, kind="rate_limited", charged="no", run_at=now(seconds=60))
    page = open_page(cast.ana)
    expect(page.locator("[data-remaining]")).to_be_visible()
    page.get_by_role("button", name="Retry now").click()
    expect(page.locator(".tag", has_text="Queued")).to_be_visible()
    expect(page.locator("[data-remaining]")).to_have_count(0)


def test_keys_move_open_and_close(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana, pictures=2)
    page = open_page(cast.ana)
    page.keyboard.press("n")
    expect(page.locator(".composer__prompt")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".frame__box").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#lightbox [data-place]")).to_have_text("2 / 2")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lightbox [data-place]")).to_have_text("1 / 2")


def test_the_exchange_is_read_when_it_is_opened(cast: Cast, open_page: Open) -> None:
    batch = make_failed(cast.ana)
    page = open_page(cast.ana, batch.get_absolute_url())
    page.locator("#exchange summary").first.click()
    expect(page.locator("ol.exchange")).to_contain_text("Request 1")


def test_hostile_words_run_nothing(cast: Cast, open_page: Open) -> None:
    make_failed(cast.ana, prompt='<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>')
    batch = make_done(cast.ana, prompt='"><div hx-get="/pulse" hx-trigger="load">')
    change(batch.generations.get(), remark="![](https://evil.example/?d=1)<b onmouseover=alert(1)>")
    page = open_page(cast.ana)
    page.wait_for_timeout(300)
    assert page.evaluate("window.hurt") is None
    assert page.locator("[onerror], [onmouseover], .strip [hx-trigger=load]").count() == 0


def test_without_script_one_writes_sends_and_sees(cast: Cast, open_page: Open, browser: object) -> None:
    page = open_page(cast.ana)
    cookies = page.context.cookies()
    plain = browser.new_context(java_script_enabled=False, base_url=page.url)
    plain.add_cookies(cookies)
    page = plain.new_page()
    page.goto("/")
    page.locator(".composer__prompt").fill("Plain words")
    page.locator(".btn--expose").click()
    expect(page.locator("h1")).to_contain_text("No.")
    expect(page.locator("#prompt")).to_have_text("Plain words")
    plain.close()


def test_without_script_a_picture_is_varied_refined_and_compared(cast: Cast, open_page: Open, browser: object) -> None:
    image = make_done(cast.ana, pictures=2).generations.get().images.first()
    page = open_page(cast.ana)
    plain = browser.new_context(java_script_enabled=False, base_url=page.url)
    plain.add_cookies(page.context.cookies())
    page = plain.new_page()
    page.goto("/")
    page.locator("figure.frame").first.hover()
    page.get_by_role("button", name="Vary").first.click()
    expect(page.locator("h1")).to_contain_text("No.")
    page.goto("/")
    page.locator(f"a[href='/i/{image.key}/instruct']").click(force=True)
    page.get_by_label("Change something").fill("Make it night")
    page.get_by_role("button", name="Refine").click()
    expect(page.locator("#prompt")).to_have_text("Make it night")
    page.goto("/")
    page.get_by_role("link", name="Compare").click()
    expect(page.locator(".compare figure")).to_have_count(2)
    assert [batch.derivation for batch in Batch.objects.order_by("pk")] == ["", "vary", "refine"]
    plain.close()


HIDE = """(is) => {
  Object.defineProperty(document, "hidden", { value: is, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
LATER = "() => { const now = Date.now; Date.now = () => now() + 15_000; }"


def test_a_hidden_tab_looks_seldom_and_counts_what_ended(cast: Cast, open_page: Open) -> None:
    batch = make_batch(cast.ana)
    page = open_page(cast.ana)
    looks: list[str] = []
    page.on("request", lambda request: looks.append(request.url) if "/pulse" in request.url else None)
    with page.expect_request("**/pulse*"):
        page.evaluate(HIDE, False)
    page.evaluate(HIDE, True)
    change(batch.generations.get(), state="failed", kind="cut", charged="maybe", finished_at=now())
    looks.clear()
    page.wait_for_timeout(5000)
    assert len(looks) <= 1
    page.evaluate(LATER)
    expect(page).to_have_title("(1) Studio · Imageweb")
    page.evaluate(HIDE, False)
    expect(page).to_have_title("Studio · Imageweb")


def test_on_a_pictures_page_the_others_arrive_beside_it(cast: Cast, open_page: Open) -> None:
    batch = make_batch(cast.ana)
    waiting = batch.generations.get()
    first = make_image(make_generation(batch, state="succeeded"))
    page = open_page(cast.ana, first.get_absolute_url())
    thumbs = page.locator("#thumbs")
    expect(thumbs).to_be_hidden()
    change(waiting, state="running", started_at=now(), percent=40)
    expect(page.locator(f"#g-{batch.key}-state")).to_contain_text("1 of 2")
    second = make_image(waiting)
    change(waiting, state="succeeded", finished_at=now())
    expect(thumbs.locator("a")).to_have_count(2)
    expect(thumbs.locator(f"#t-{second.key} img")).to_have_attribute("alt", "Picture 1")
    expect(page.locator(f"#g-{batch.key}-compare")).to_contain_text("Compare")
    expect(thumbs.locator("[aria-current]")).to_have_attribute("id", f"t-{first.key}")


def test_the_list_of_keys_says_what_works_here(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana, "/settings")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Here", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="On a picture")).to_be_hidden()
    page.goto("/")
    page.keyboard.press("?")
    expect(page.locator("#help dt", has_text="New prompt")).to_be_visible()


def test_single_keys_that_are_off_do_nothing(cast: Cast, open_page: Open) -> None:
    cast.ana.has_single_keys = False
    cast.ana.save()
    make_done(cast.ana)
    page = open_page(cast.ana)
    page.locator(".frame__box[href]").first.focus()
    for key in "venf?":
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    expect(page.locator("dialog[open], .refining, .composer__prompt:focus")).to_have_count(0)
    assert Batch.objects.count() == 1


def test_a_page_one_comes_back_to_shows_what_came_meanwhile(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    expect(page.locator("article.strip")).to_have_count(1)
    make_done(cast.ana, prompt="A green bicycle")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("article.strip")).to_have_count(2)
    expect(page.locator("article.strip .words").first).to_have_text("A green bicycle")
