"""Writing: references from anywhere, a draft that stays, earlier prompts, what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django import Settings

from generations.imaging.label import Label, labelled_copy
from generations.models import Batch, Draft
from tests.browser.test_accessibility import violations
from tests.browser.waiting import until
from tests.support.cast import Cast, make_batch, make_done, make_model, make_png

pytestmark = pytest.mark.usefixtures("somebody_works")

Open = Callable[..., Page]
DROP = """([selector, kind, value]) => {
  const carried = new DataTransfer();
  if (kind === "file") carried.items.add(new File([Uint8Array.from(value)], "dropped.png", { type: "image/png" }));
  else carried.setData(kind, value);
  const at = document.querySelector(selector);
  for (const type of ["dragenter", "dragover", "drop"])
    at.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""
PASTE = """([text, html, picture]) => {
  const carried = new DataTransfer();
  if (text) carried.setData("text/plain", text);
  if (html) carried.setData("text/html", html);
  if (picture) carried.items.add(new File([Uint8Array.from(picture)], "pasted.png", { type: "image/png" }));
  document.querySelector(".composer__prompt").dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }));
}"""


def files(*names: str) -> list[dict[str, object]]:
    return [{"name": name, "mimeType": "image/png", "buffer": make_png()} for name in names]


def names_shown(page: Page) -> list[str]:
    return page.locator(".composer .ref img").evaluate_all("all => all.map((img) => img.alt)")


def test_a_file_dropped_anywhere_becomes_a_reference(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    page.evaluate(DROP, [".bar", "file", list(make_png())])
    expect(page.locator(".composer .ref img[alt='dropped.png']")).to_be_visible()
    expect(page.locator("body.is-dropping")).to_have_count(0)


def test_a_picture_of_ours_is_dragged_or_pasted_in(cast: Cast, open_page: Open) -> None:
    one, two = make_done(cast.ana, pictures=2).generations.get().images.all()
    page = open_page(cast.ana)
    origin = page.evaluate("location.origin")
    page.evaluate(DROP, [".feed", "text/uri-list", f"{origin}/i/{one.key}"])
    expect(page.locator(f"input[name=ref][value='{one.key}']")).to_have_count(1)
    page.evaluate(PASTE, [f"{origin}/i/{two.key}", "", None])
    expect(page.locator(f"input[name=ref][value='{two.key}']")).to_have_count(1)
    page.evaluate(PASTE, [f"{origin}/i/{two.key}", "", None])
    expect(page.locator("[data-refs-problem]")).to_contain_text("is already a reference")
    expect(page.locator("input[name=ref]")).to_have_count(2)


def test_a_picture_is_pasted_but_not_the_one_of_pasted_words(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    page.evaluate(PASTE, ["A lake", "<p>A lake</p>", list(make_png())])
    expect(page.locator(".composer .ref img")).to_have_count(0)
    page.evaluate(PASTE, ["", "<img>", list(make_png())])
    expect(page.locator("input[name=ref]")).to_have_count(1)


def test_references_are_moved_and_removed_by_keyboard(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    for name in ("a.png", "b.png", "c.png"):
        page.locator("input[type=file]").set_input_files(files(name))
        expect(page.locator(f".composer .ref:has(input[name=ref]) img[alt='{name}']")).to_be_visible()
    page.locator(".composer .ref").nth(2).locator("[data-move='-1']").focus()
    page.keyboard.press("Enter")
    assert names_shown(page) == ["a.png", "c.png", "b.png"]
    page.keyboard.press("Enter")
    assert names_shown(page) == ["c.png", "a.png", "b.png"]
    page.locator(".composer .ref").first.locator("[data-remove]").focus()
    page.keyboard.press("Enter")
    assert names_shown(page) == ["a.png", "b.png"]
    page.locator(".composer__prompt").fill("Two bottles")
    page.locator(".btn--expose").click()
    expect(page.locator("article.strip")).to_have_count(1)
    sent = Batch.objects.get().references.order_by("batchreference__position")
    assert [image.alt for image in sent] == ["a.png", "b.png"]


def test_references_are_moved_and_removed_by_thumb(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana, width=390)
    page.locator("input[type=file]").set_input_files(files("a.png", "b.png"))
    expect(page.locator(".composer .ref:has(input[name=ref])")).to_have_count(2)
    page.locator("[data-move='1']").first.tap()
    assert names_shown(page) == ["b.png", "a.png"]
    page.locator("[data-remove]").first.tap()
    assert names_shown(page) == ["a.png"]


def test_what_does_not_fit_is_told_and_nothing_is_dropped_in_silence(cast: Cast, open_page: Open) -> None:
    cast.model.max_references = 2
    cast.model.save()
    page = open_page(cast.ana)
    text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"x"}
    page.locator("input[type=file]").set_input_files([*files("a.png", "b.png", "c.png"), text])
    problem = page.locator("[data-refs-problem]")
    expect(problem).to_contain_text("notes.txt isn’t a supported image (PNG, JPEG, WebP, GIF, AVIF).")
    expect(problem).to_contain_text("Up to 2 reference pictures. Not added: c.png.")
    expect(page.locator("input[name=ref]")).to_have_count(2)


def test_sending_waits_for_an_upload(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    held: list[Route] = []
    page.route("**/references", lambda route: held.append(route))
    page.locator("input[type=file]").set_input_files(files("slow.png"))
    page.locator(".composer__prompt").fill("A slow bottle")
    page.locator(".btn--expose").click()
    expect(page.locator("#toast")).to_contain_text("The prompt is sent when its references are uploaded.")
    assert not Batch.objects.exists()
    until(page, lambda: held)
    held[0].continue_()
    expect(page.locator("article.strip .ref--s")).to_have_count(1)


def test_many_files_are_uploaded_one_after_another(cast: Cast, open_page: Open) -> None:
    cast.model.max_references = 20
    cast.model.save()
    page, names = open_page(cast.ana), [f"{n}.png" for n in range(20)]
    held: list[Route] = []
    page.route("**/references", lambda route: held.append(route))
    page.locator("input[type=file]").set_input_files(files(*names))
    for n in range(20):
        until(page, lambda seen=n: len(held) > seen)
        assert len(held) == n + 1
        held[n].continue_()
        expect(page.locator("input[name=ref]")).to_have_count(n + 1)
    assert names_shown(page) == names


def test_of_many_files_too_many_the_first_are_named(cast: Cast, open_page: Open) -> None:
    page, names = open_page(cast.ana), [f"{n}.png" for n in range(50)]
    page.locator("input[type=file]").set_input_files(files(*names))
    expect(page.locator("[data-refs-problem]")).to_contain_text("Not added: 4.png, 5.png, 6.png, 7.png, 8.png, +41.")
    expect(page.locator("input[name=ref]")).to_have_count(4)


def test_of_the_buttons_and_the_field_for_a_number_what_was_touched_last_counts(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    Batch.objects.update(count=3)
    page = open_page(cast.ana)
    other, chosen = page.locator("[name=other_n]"), page.locator("[name=n]:checked")
    expect(other).to_have_value("3")
    page.locator(".composer .seg label", has_text="2").click()
    expect(other).to_have_value("")
    page.locator(".composer__prompt").fill("Two of them")
    page.locator(".btn--expose").click()
    expect(page.locator("article.strip").first.locator("figure.frame")).to_have_count(2)
    page.get_by_role("button", name="More settings").click()
    for written, button in (("3", []), ("8", ["8"]), ("", ["1"])):
        other.fill(written)
        other.blur()
        assert chosen.evaluate_all("all => all.map((each) => each.value)") == button


def test_on_a_phone_a_model_stands_beside_its_box_and_no_keys_are_offered(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana, width=390)
    page.locator(".composer [popovertarget=models]").click()
    middle = "(each) => { const { y, height } = each.getBoundingClientRect(); return y + height / 2; }"
    box, name = (page.locator(f"#models .menu__item > {each}").first for each in ("input", "span"))
    assert box.evaluate(middle) == pytest.approx(name.evaluate(middle), abs=2)
    page.keyboard.press("Escape")
    page.locator(".tabbar [popovertarget=me]").click()
    expect(page.locator("#me").get_by_role("link", name="Settings")).to_be_visible()
    expect(page.locator("#me").get_by_text("Keyboard shortcuts")).to_be_hidden()


def test_a_file_that_the_server_has_no_time_for_is_sent_again(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana, expects="429")
    answers = [{"status": 429, "headers": {"Retry-After": "1"}, "body": "Busy."}]
    page.route("**/references", lambda route: route.fulfill(**answers.pop()) if answers else route.continue_())
    page.locator("input[type=file]").set_input_files(files("a.png", "b.png"))
    expect(page.locator(".composer .ref:has(input[name=ref])")).to_have_count(2)
    expect(page.locator("[data-refs-problem]")).to_be_hidden()


def test_why_a_file_is_not_taken_is_said_in_the_words_of_the_server(
    cast: Cast, open_page: Open, settings: Settings
) -> None:
    settings.MAX_REFERENCES_BYTES = 1
    page = open_page(cast.ana, expects="422")
    page.locator("input[type=file]").set_input_files(files("a.png"))
    expect(page.locator("[data-refs-problem]")).to_contain_text("the most one person may. Try again tomorrow")


def test_leaving_during_an_upload_is_asked_about(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    held: list[Route] = []
    page.route("**/references", lambda route: held.append(route))
    page.locator(".composer__prompt").click()
    page.locator("input[type=file]").set_input_files(files("slow.png"))
    expect(page.locator(".composer .ref progress")).to_be_visible()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"]
    expect(page.locator(".composer .ref progress")).to_have_count(0)
    page.reload()
    assert asked == ["beforeunload"]


def test_a_wrong_number_in_a_closed_menu_is_shown(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    page.locator(".composer__prompt").fill("A lake")
    page.locator("[popovertarget=more]").click()
    page.locator("#o-seed").fill("-1")
    page.keyboard.press("Escape")
    expect(page.locator("#more")).to_be_hidden()
    page.locator(".btn--expose").click()
    expect(page.locator("#o-seed")).to_be_focused()
    button, menu = page.locator("[popovertarget=more]").bounding_box(), page.locator("#more").bounding_box()
    assert abs(menu["x"] - button["x"]) < 1  # where its button opens it
    assert not Batch.objects.exists()
    page.locator("#o-seed").fill("7")
    page.keyboard.press("Control+Enter")
    expect(page.locator("article.strip")).to_have_count(1)


def test_sending_waits_for_an_upload_that_came_meanwhile(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    held: list[Route] = []
    page.route("**/references", lambda route: held.append(route))
    page.locator("input[type=file]").set_input_files(files("first.png"))
    page.locator(".composer__prompt").fill("Two slow bottles")
    button = page.locator(".btn--expose")
    button.click()
    expect(button).to_have_text("Waiting for the upload")
    expect(button).to_be_disabled()
    page.locator("input[type=file]").set_input_files(files("second.png"))
    for n in range(2):
        until(page, lambda seen=n: len(held) > seen)
        expect(button).to_be_disabled()
        held[n].continue_()
        expect(page.locator("input[name=ref]")).to_have_count(n + 1)
    expect(page.locator("article.strip .ref--s")).to_have_count(2)
    expect(button).to_have_text("Generate Ctrl ⏎")
    assert Batch.objects.count() == 1


def test_an_option_that_a_model_does_not_take_is_told(cast: Cast, open_page: Open) -> None:
    other = make_model("flux", options=[])
    page = open_page(cast.ana, "/?model=gpt-image-1")
    page.locator("[popovertarget=more]").click()
    page.locator("#o-seed").fill("7")
    page.keyboard.press("Escape")
    page.locator(f"#models input[value='{other.key}']").evaluate("box => box.click()")
    expect(page.locator("#fits")).to_have_text("flux ignores seed.")
    write_a_draft(page, "A lake")
    expect(open_page(cast.ana).locator("#fits")).to_have_text("flux ignores seed.")


def test_an_upload_that_fails_stops_the_sending(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    page.route("**/references", lambda route: route.fulfill(status=204))
    page.locator("input[type=file]").set_input_files(files("lost.png"))
    expect(page.locator(".ref.is-failed")).to_have_count(1)
    page.locator(".composer__prompt").fill("A lost bottle")
    page.locator(".btn--expose").click()
    expect(page.locator("[data-refs-problem]")).to_contain_text("Remove it, or add it again")
    assert not Batch.objects.exists()
    page.locator(".ref.is-failed [data-remove]").click()
    page.locator(".btn--expose").click()
    expect(page.locator("article.strip")).to_have_count(1)


def test_one_upload_that_fails_takes_no_other_along(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    answers = iter(
        [lambda route: route.continue_(), lambda route: route.fulfill(status=204), lambda route: route.continue_()]
    )
    page.route("**/references", lambda route: next(answers)(route))
    page.locator("input[type=file]").set_input_files(files("a.png", "b.png", "c.png"))
    expect(page.locator("[data-refs-problem]")).to_have_text("b.png could not be uploaded. Remove it and add it again.")
    expect(page.locator("input[name=ref]")).to_have_count(2)
    assert names_shown(page) == ["a.png", "b.png", "c.png"]
    page.locator(".composer__prompt").fill("Two of three")
    page.locator(".btn--expose").click()
    assert not Batch.objects.exists()
    page.locator(".ref.is-failed [data-remove]").click()
    page.locator(".btn--expose").click()
    expect(page.locator("article.strip .ref--s")).to_have_count(2)


def test_a_model_that_takes_fewer_says_so_before_sending(cast: Cast, open_page: Open) -> None:
    few = make_model("takes-one", max_references=1)
    page = open_page(cast.ana)
    page.locator("input[type=file]").set_input_files(files("a.png", "b.png"))
    expect(page.locator("input[name=ref]")).to_have_count(2)
    page.locator(f"#models input[value='{few.key}']").evaluate("box => box.click()")
    expect(page.locator("#fits span")).to_have_text("takes-one takes at most 1 reference picture; you added 2.")
    page.locator(".composer__prompt").fill("Two bottles")
    page.locator(".btn--expose").click()
    expect(page.locator("#problem")).to_contain_text("takes-one takes at most 1 reference picture; you added 2.")
    expect(page.locator("input[name=ref]")).to_have_count(2)
    assert not Batch.objects.exists()


def test_a_labelled_file_brings_its_prompt_and_options_back(cast: Cast, open_page: Open) -> None:
    make_model("nano-banana", options=["seed", "stop"])
    label = Label("A lake\nat dawn", "nano-banana", {"seed": 7, "stop": ["one", "two"]}, "1536x1024")
    page = open_page(cast.ana)
    prompt = page.locator(".composer__prompt")
    page.evaluate(DROP, [".bar", "file", list(labelled_copy(make_png(), label))])
    expect(prompt).to_have_value(label.prompt)
    expect(page.locator("[data-models-label]")).to_have_text("nano-banana")
    expect(page.locator("[data-size-label]")).to_have_text("1536×1024")
    said = [page.locator(f"#o-{name}").input_value() for name in ("seed", "stop", "temperature")]
    assert said == ["7", "one\ntwo", ""]
    expect(page.locator("[data-refs-label]")).to_contain_text("are filled in")

    prompt.fill("My own words")
    page.evaluate(DROP, [".bar", "file", list(labelled_copy(make_png(), Label("A hill")))])
    offer = page.get_by_role("button", name="Copy this picture’s prompt and settings")
    expect(offer).to_be_visible()
    expect(prompt).to_have_value("My own words")
    offer.click()
    expect(prompt).to_have_value("A hill")
    expect(page.locator("#o-seed")).to_have_value("")
    expect(page.locator("input[name=ref]")).to_have_count(2)


def test_a_foreign_file_fills_in_nothing_that_is_not_seen(cast: Cast, open_page: Open) -> None:
    said = '{"prompt": "A lovely cat", "options": {"seed": 7, "added": {"webhook_url": "https://evil.example"}}}'
    page = open_page(cast.sam)
    page.evaluate(DROP, [".bar", "file", list(make_png() + f"<imageweb:label>{said}</imageweb:label>".encode())])
    expect(page.locator(".composer__prompt")).to_have_value("A lovely cat")
    expect(page.locator("[name=seed]")).to_have_value("7")
    expect(page.locator("[name=added]")).to_have_value("")
    assert "evil" not in page.evaluate(
        "new URLSearchParams(new FormData(document.querySelector('#composer'))).toString()"
    )


def test_a_labelled_file_of_a_model_without_references_brings_its_words_alone(cast: Cast, open_page: Open) -> None:
    make_model("takes-none", max_references=0)
    page = open_page(cast.ana)
    label = Label("A lake at dawn", "takes-none")
    page.evaluate(DROP, [".bar", "file", list(labelled_copy(make_png(), label))])
    expect(page.locator(".composer__prompt")).to_have_value("A lake at dawn")
    expect(page.locator("[data-models-label]")).to_have_text("takes-none")
    expect(page.locator("input[name=ref]")).to_have_count(0)
    page.locator(".btn--expose").press("Enter")  # the button may still move under a pointer
    expect(page.locator("article.strip")).to_have_count(1)


def write_a_draft(page: Page, words: str) -> None:
    """Write them and leave the field; they are kept then, or before, if that takes a second."""
    said = quote_plus(words)
    with page.expect_response(lambda answer: "/draft" in answer.url and said in (answer.request.post_data or "")):
        page.locator(".composer__prompt").fill(words)
        page.locator(".composer__prompt").blur()


def test_a_labelled_file_of_a_model_that_is_not_offered_says_so(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    page.evaluate(DROP, [".bar", "file", list(labelled_copy(make_png(), Label("A lake", "imagen-9")))])
    expect(page.locator("[data-refs-label]")).to_contain_text("are filled in. imagen-9 is not offered here.")


def test_what_was_sent_does_not_come_back_with_the_page(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    page.locator(".composer__prompt").fill("A lake")
    page.keyboard.press("Control+Enter")
    expect(page.locator("article.strip")).to_have_count(1)
    page.goto("/library")
    page.go_back()
    expect(page.locator("article.strip")).to_have_count(1)
    expect(page.locator(".composer__prompt")).to_have_value("")


def test_what_was_sent_is_no_draft_when_one_leaves_the_field(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    page.locator(".composer__prompt").press_sequentially("A lake")
    page.keyboard.press("Control+Enter")
    expect(page.locator("article.strip")).to_have_count(1)
    kept: list[str] = []
    page.on("request", lambda request: kept.append(request.url) if request.url.endswith("/draft") else None)
    page.locator(".composer__prompt").blur()
    page.reload()
    expect(page.locator(".composer__prompt")).to_have_value("")
    assert kept == [] and "prompt" not in Draft.objects.get().fields


def test_one_s_own_words_are_not_told_as_not_sent(cast: Cast, open_page: Open) -> None:
    desk, phone = open_page(cast.ana), open_page(cast.ana, width=390)
    write_a_draft(desk, "Written at the desk")
    write_a_draft(phone, "Written on the phone")
    asides: list[str] = []
    desk.expose_function("told", lambda said: asides.append(said))
    desk.add_init_script(
        "addEventListener('DOMContentLoaded', () => { const aside = document.querySelector('#stashed');"
        " told(aside.textContent); })"
    )
    desk.reload()
    expect(desk.locator("#stashed")).to_contain_text("Written on the phone")
    expect(desk.locator(".composer__prompt")).to_have_value("Written at the desk")
    assert asides and not any("desk" in said for said in asides)


def test_the_pickers_say_what_is_chosen(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    expect(page.get_by_role("button", name="Models: gpt-image-1", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Shape: ")).to_be_visible()


def test_the_draft_outlives_the_page_and_not_the_sending(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    page.locator("input[type=file]").set_input_files(files("bottle.png"))
    expect(page.locator("input[name=ref]")).to_have_count(1)
    write_a_draft(page, "Keep these words")
    elsewhere = open_page(cast.ana)
    expect(elsewhere.locator(".composer__prompt")).to_have_value("Keep these words")
    expect(elsewhere.locator(".composer .ref img[alt='bottle.png']")).to_be_visible()
    page.locator(".btn--expose").click()
    expect(page.locator("article.strip")).to_have_count(1)
    page.reload()
    expect(page.locator(".composer__prompt")).to_have_value("")
    assert "prompt" not in Draft.objects.get().fields


def test_each_tab_keeps_its_own_words(cast: Cast, open_page: Open) -> None:
    one = open_page(cast.ana)
    two = one.context.new_page()
    two.goto("/")
    for page, words in ((one, "In the first tab"), (two, "In the second tab")):
        write_a_draft(page, words)
    one.reload()
    expect(one.locator(".composer__prompt")).to_have_value("In the first tab")
    one.goto("/?prompt=Brought+by+a+link")
    expect(one.locator(".composer__prompt")).to_have_value("Brought by a link")
    one.goto("/")
    one.locator(".btn--expose").click()
    expect(one.locator("article.strip .words").first).to_have_text("In the first tab")
    two.reload()
    expect(two.locator(".composer__prompt")).to_have_value("In the second tab")
    one.reload()
    assert Batch.objects.count() == 1


def test_two_devices_lose_nothing_of_each_other(cast: Cast, open_page: Open) -> None:
    desk, phone = open_page(cast.ana), open_page(cast.ana, width=390)
    write_a_draft(phone, "Written on the phone")
    write_a_draft(desk, "Written at the desk")
    expect(desk.locator("#stashed")).to_contain_text("Written on the phone")
    desk.get_by_role("link", name="Restore").click()
    expect(desk.locator(".composer__prompt")).to_have_value("Written on the phone")
    expect(desk.locator("#stashed")).to_contain_text("Written at the desk")
    desk.locator(".btn--expose").click()
    expect(desk.locator("article.strip")).to_have_count(1)
    elsewhere = open_page(cast.ana)
    expect(elsewhere.locator(".composer__prompt")).to_have_value("Written at the desk")
    expect(elsewhere.locator("#stashed")).to_be_empty()


def test_words_brought_by_an_address_stay_changed_and_leave_the_draft(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    write_a_draft(page, "My draft")
    page.goto("/?prompt=Brought")
    expect(page.locator("#stashed")).to_contain_text("My draft")
    write_a_draft(page, "Brought and changed")
    page.reload()
    expect(page.locator(".composer__prompt")).to_have_value("Brought and changed")
    page.locator(".btn--expose").click()
    expect(page.locator("article.strip .words")).to_have_text("Brought and changed")
    page.goto("/")
    expect(page.locator(".composer__prompt")).to_have_value("My draft")


def test_all_of_a_draft_outlives_the_session(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    page.locator("input[type=file]").set_input_files(files("a.png", "b.png"))
    expect(page.locator("input[name=ref]")).to_have_count(2)
    write_a_draft(page, "Before")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.locator(".composer__prompt").fill("After it ended")
    page.locator("[popovertarget=more]").click()
    page.locator("#o-seed").fill("7")
    page.keyboard.press("Escape")
    page.locator(".composer .ref").first.locator("[data-move='1']").dispatch_event("click")
    assert names_shown(page) == ["b.png", "a.png"]
    page.context.add_cookies(cookies)
    Draft.objects.update(fields={})
    page.goto("/")
    expect(page.locator(".composer__prompt")).to_have_value("After it ended")
    expect(page.locator("#o-seed")).to_have_value("7")
    expect(page.locator("input[name=ref]")).to_have_count(2)
    assert names_shown(page) == ["b.png", "a.png"]


def test_what_one_wrote_is_not_there_for_whom_signs_in_next(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana, expects="412")
    write_a_draft(page, "Of Ana alone")
    page.locator(".composer__prompt").fill("Of Ana alone, and not kept yet")
    page.context.add_cookies(open_page(cast.ben).context.cookies())
    page.goto("/")
    expect(page.locator(".composer__prompt")).to_have_value("")
    page.locator(".composer__prompt").fill("Of Ben")
    page.reload()
    expect(page.locator(".composer__prompt")).to_have_value("Of Ben")
    assert "Ana" not in str(list(Draft.objects.filter(person=cast.ben).values()))


def test_a_page_sends_nothing_in_the_name_of_whom_signed_in_since(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana, expects="412")
    own = page.context.cookies()
    page.context.add_cookies(open_page(cast.ben).context.cookies())
    page.locator(".composer__prompt").fill("A lake")
    page.locator("input[type=file]").set_input_files(files("a.png"))
    expect(page.locator("[data-refs-problem]")).to_contain_text("Somebody else signed in here meanwhile.")
    page.locator("[data-remove]").click()
    page.locator(".composer__prompt").press("Control+Enter")
    expect(page.locator("#toast")).to_contain_text("Somebody else signed in here meanwhile, so nothing was done.")
    assert not Batch.objects.exists()
    page.context.add_cookies(own)
    page.locator(".composer__prompt").press("Control+Enter")
    expect(page.locator("article.strip")).to_contain_text("A lake")
    assert Batch.objects.get().person == cast.ana


def test_words_written_while_others_are_on_their_way_are_kept(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    held: list[Route] = []
    page.route("**/compose", lambda route: held.append(route))
    page.locator(".composer__prompt").fill("A lake")
    with page.expect_request("**/compose"):
        page.keyboard.press("Control+Enter")
    page.locator(".composer__prompt").fill("A hill")
    with page.expect_response(lambda answer: "/draft" in answer.url and answer.request.post_data.count("A+hill")):
        held[0].continue_()
        expect(page.locator("article.strip")).to_have_count(1)
    page.reload()
    expect(page.locator(".composer__prompt")).to_have_value("A hill")


def test_what_a_draft_lost_is_told_until_one_chooses_anew(cast: Cast, open_page: Open) -> None:
    gone = make_model("nano-banana-hd")
    page = open_page(cast.ana)
    page.locator(f"#models input[value='{gone.key}']").evaluate("box => box.click()")
    page.locator(f"#models input[value='{cast.model.key}']").evaluate("box => box.click()")
    write_a_draft(page, "A lake")
    gone.is_enabled = False
    gone.save()
    page.reload()
    expect(page.locator("#lost")).to_have_text("nano-banana-hd is no longer offered; gpt-image-1 is chosen instead.")
    expect(page.locator("[data-models-label]")).to_have_text("gpt-image-1")
    page.locator(f"#models input[value='{cast.model.key}']").evaluate("box => box.click()")
    expect(page.locator("#lost")).to_have_count(0)


def test_words_too_long_for_a_model_are_told_while_one_writes(cast: Cast, open_page: Open) -> None:
    make_model("brief", max_prompt=9)
    page = open_page(cast.ana, "/?model=brief")
    page.locator(".composer__prompt").fill("A red kite")
    expect(page.locator("#fits")).to_have_text("brief takes at most 9 characters; this prompt has 10.")
    page.locator(".composer__prompt").fill("A kite")
    expect(page.locator("#fits")).to_be_empty()
    page.locator(".composer__prompt").fill("kites " * 8000)
    expect(page.locator("#fits")).to_have_text("brief takes at most 9 characters; this prompt has 47,999.")


def test_what_fits_is_asked_without_moving_the_focus_or_saying_it_twice(cast: Cast, open_page: Open) -> None:
    make_model("brief", max_prompt=9)
    page = open_page(cast.ana, "/?model=brief")
    prompt = page.locator(".composer__prompt")
    prompt.press_sequentially("A red kite")
    expect(page.locator("#fits")).to_have_text("brief takes at most 9 characters; this prompt has 10.")
    expect(prompt).to_be_focused()
    page.evaluate(
        "window.renewed = 0; new MutationObserver(() => { renewed += 1; })"
        ".observe(document.querySelector('#fits'), { childList: true })"
    )
    with page.expect_response("**/compose/limits"):
        page.locator("input[name=n][value='2']").evaluate("radio => radio.click()")
    with page.expect_response("**/compose/limits"):
        prompt.press_sequentially("s")
    expect(page.locator("#fits")).to_have_text("brief takes at most 9 characters; this prompt has 11.")
    assert page.evaluate("renewed") == 1


def test_a_long_draft_is_kept(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    words = "夕阳下的城市天际线" * 1500
    with page.expect_response(lambda answer: "/draft" in answer.url):
        page.locator(".composer__prompt").fill(words)
        page.locator(".composer__prompt").blur()
    expect(open_page(cast.ana).locator(".composer__prompt")).to_have_value(words)


def test_a_walk_through_earlier_prompts_is_no_draft(cast: Cast, open_page: Open) -> None:
    make_batch(cast.ana, prompt="first")
    page = open_page(cast.ana)
    write_a_draft(page, "mine")
    page.locator(".composer__prompt").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".composer__prompt")).to_have_value("first")
    page.reload()
    expect(page.locator(".composer__prompt")).to_have_value("mine")


def test_earlier_prompts_are_walked(cast: Cast, open_page: Open) -> None:
    make_batch(cast.ana, prompt="first")
    make_batch(cast.ana, prompt="second")
    page = open_page(cast.ana)
    prompt = page.locator(".composer__prompt")
    prompt.fill("mine")
    for key, words in [("Up", "second"), ("Up", "first"), ("Up", "first"), ("Down", "second"), ("Down", "mine")]:
        page.keyboard.press(f"Alt+Arrow{key}")
        expect(prompt).to_have_value(words)


def test_the_request_can_be_read_before_it_is_sent(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    page.locator(".composer__prompt").fill("Show me")
    page.locator("[popovertarget=more]").click()
    page.get_by_role("button", name="Show the request").click()
    expect(page.locator("#preview pre")).to_contain_text('"content": "Show me"')
    assert not Batch.objects.exists()
    page.keyboard.press("Escape")
    expect(page.locator("#preview")).to_be_hidden()


def test_closing_the_request_leads_back_to_the_button_of_its_menu(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana)
    page.locator(".composer__prompt").fill("A lake")
    page.locator("[popovertarget=more]").click()
    page.locator("[data-opens=preview]").click()
    expect(page.locator("#preview")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[popovertarget=more]")).to_be_focused()


@pytest.mark.parametrize("place", ["below its strip", "on a batch's page", "on its page"])
def test_a_refinement_can_be_read_before_it_is_sent(cast: Cast, open_page: Open, place: str) -> None:
    batch = make_done(cast.ana, prompt="A lake")
    here = {"below its strip": "/", "on a batch's page": f"/b/{batch.key}", "on its page": f"/i/{batch.images.get()}"}
    page = open_page(cast.ana, here[place])
    if place != "on its page":
        page.locator(".frame a.frame__box").focus()
        page.keyboard.press("e")
    field = page.locator(".refining input[name=prompt]")
    field.fill("Make it night")
    page.locator(".refining").get_by_role("button", name="Show the request").click()
    for words in ("A lake", "Make it night", "not shown"):
        expect(page.locator("#preview pre")).to_contain_text(words)
    assert not violations(page)
    page.keyboard.press("Escape")
    expect(page.locator(".refining [data-opens=preview]")).to_be_focused()
    assert Batch.objects.count() == 1
    field.press("Enter")
    expect(page.locator("body")).to_contain_text(f"No. {batch.pk + 1}")
    assert Batch.objects.latest("pk").derivation == "refine"


def test_a_model_that_needs_a_reference_says_so(cast: Cast, open_page: Open) -> None:
    make_model("edits", min_references=1)
    page = open_page(cast.ana, "/?model=edits")
    expect(page.locator("#fits")).to_have_text("edits needs a reference picture.")
    page.locator("input[type=file]").set_input_files(files("a.png"))
    expect(page.locator("#fits")).to_have_text("")


def test_no_key_acts_on_a_picture_nobody_means(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    page.mouse.move(5, 5)
    page.keyboard.press("v")
    page.wait_for_timeout(300)
    assert Batch.objects.count() == 1
    page.locator(".frame__box[href]").first.focus()
    page.keyboard.press("v")
    expect(page.locator("article.strip")).to_have_count(2)


def test_a_model_that_does_not_fit_is_left_out_and_a_reference_picked_from_the_library(
    cast: Cast, open_page: Open
) -> None:
    edits = make_model("edits", min_references=1, max_references=2)
    image = make_done(cast.ana, prompt="A red boat", model=cast.model).images.get()
    page = open_page(cast.ana)
    page.locator("textarea[name=prompt]").fill("A lake")
    page.locator(f"#models input[value='{edits.key}']").evaluate("box => box.click()")
    page.get_by_role("button", name="Leave out edits").click()
    expect(page.locator("#fits")).to_be_empty()
    expect(page.locator("[data-models-label]")).to_have_text("gpt-image-1")
    page.get_by_role("button", name="From the library").click()
    page.get_by_role("dialog").get_by_role("searchbox").fill("boat")
    page.get_by_role("button", name="Add as reference").click()
    page.keyboard.press("Escape")
    expect(page.locator("input[name=ref]")).to_have_value(image.key)
