"""A page offers an action exactly when its POST is allowed: for every action, every role and every page that shows what
it is about."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from generations.models import (
    Batch,
    Comment,
    Generation,
    Image,
    Membership,
    Notification,
    Person,
    ShareLink,
    Team,
    Verdict,
    Visitor,
)
from generations.models import Client as Customer
from generations.models.gallery_invitation import invite_to_gallery
from generations.models.key import now
from generations.models.pasted_addresses import Address
from tests.support.cast import Cast, change, make_batch, make_done, make_failed, make_gallery, make_person
from tests.views.test_access import POSTS

SignIn = Callable[..., Client]
ROLES = ("ana", "ben", "rio", "lea", "cy", "sam", "sue", "gus")
ADDRESS = re.compile(r'(?:form)?action="([^"]*)"|hx-post="([^"]*)"')


@dataclass(frozen=True)
class Action:
    """Something to do with a row: its address, what is sent, and the pages that show the row to who may see it."""

    name: str
    address: str
    pages: tuple[str, ...]
    fields: dict[str, str] = field(default_factory=dict)


OF_EVERYBODY = {
    "compose", "limits", "preview", "draft", "references", "theme", "save_settings", "save_search", "retry_today",
    "undo_retry",
    "new_gallery", "add_to_new_gallery", "new_client",
    "mark_all_read", "save_notifications", "sign_out_elsewhere",
    "review_selection", "favourite_selection", "tag_selection", "untag_selection", "compare_selection",
    "delete_selection", "zip_selection",
}  # fmt: skip
"""What acts on one's own or on what one has selected: allowed to everybody who is signed in, and does what it may."""
OFFERED_OTHERWISE = {
    "cancel": "a batch of one generation is cancelled by its batch",
    "remove_batch": "its strip in the feed offers it, as the test of it says",
    "put_back_batch": "its line is only seen by who removed",
    "undo": "its toast is only seen by who deleted",
    "withdraw_verdicts": "its toast is only seen by who decided",
    "pause_queue": "the page of the queue offers it to whom it is allowed, as the tests of it say",
    "resume_queue": "the page of the queue offers it to whom it is allowed, as the tests of it say",
    "retry_queue": "the page of the queue offers it to whom it is allowed, as the tests of it say",
    "mark_refusal": "the tab is a reviewer's alone, as the test of refusals says",
    "pause_sending": "as mark_refusal",
    "write_to_member": "as mark_refusal",
    "change_email": "only where mail is set up, as the test of settings says",
    "end_sign_in": "one's own devices alone are listed",
    **dict.fromkeys(
        (
            "invite_people",
            "check_addresses",
            "name_team",
            "change_role",
            "remove_member",
        ),
        "who manages the team, as the tests of people say",
    ),
    **dict.fromkeys(
        ("new_team", "deactivate_person", "activate_person", "hand_over_work", "pause_person", "add_to_team")
        + ("unlink_person", "add_group_role", "remove_group_role")
        + ("remove_factor", "administrate", "sign_out_person", "change_person_email", "make_password_link"),
        "staff alone, as the tests of people say",
    ),
    "openid_connect_login": "only where single sign-on is set up, as the tests of it say",
    **dict.fromkeys(
        ("place_hold", "release_hold", "save_retention", "apply_retention", "ask_for_check", "download_head")
        + ("compare_head", "erase_person", "export_person", "hold_selection", "ask_to_reread"),
        "staff alone, of their own data everybody, as the tests of keeping say",
    ),
    "look_at_image": "the script of the review page sends it, as the browser's test says",
    "withdraw_verdict": "its toast is only seen by who decided",
    "forget_search": "one's own alone are listed",
    "add_to_gallery": "the menu lists galleries one is part of, as the test of it says",
    "restore_gallery": "one's trash lists one's own; staff restore those of others in the administration",
    "undo_removal": "its toast is only seen by who took out",
    "undo_addition": "its toast is only seen by who put in",
    "change_audience": "its menu is offered to whom it is allowed, as the tests of it say",
    "undo_audience": "its toast is only seen by who changed it",
    "announce_link": "only where mail is set up and the link's client has contacts, as the test of clients says",
    "thank_for_link": "as announce_link",
    "give_to_client": "the page lists one's own links, as the test of clients says",
    "take_from_client": "the page of a client lists one's own links, as the test of clients says",
    "change_logo": "its form stands below that of change_client, as the test of clients says",
    "make_evidence": "a picture's page offers it to whom it is allowed, as the tests of it say",
    "export_record": "it stands on the page of the record, as the tests of that say",
    "restore_client": "its message is only seen by who deleted",
    "restore_comment": "its toast is only seen by who deleted",
    "connect": "the pages of providers are for staff alone, as the tests of set-up and of providers say",
    "change_provider": "as connect",
    "check_provider": "as connect",
    "use_better_address": "as connect",
    "pause_provider": "as connect",
    "resume_provider": "as connect",
    "draw_test": "as connect",
    "forget_provider": "as connect",
    "offer_models": "as connect",
    "order_offer": "as connect",
    "change_model": "as connect",
    "add_price": "as connect",
    "pause_model": "as connect",
    "resume_model": "as connect",
    "leave_gallery": "who is named alone leaves, as the test of people says",
}


def actions_of(cast: Cast) -> Iterator[Action]:
    """Every action, each on rows of Ana's in a state in which it can be done."""
    for visibility in Batch.Visibility.values:
        yield from _on_batches(cast, visibility)
        yield from _on_pictures(cast, visibility)
        yield from _on_comments(cast, visibility)
    for team in (cast.design, None):
        yield from _on_galleries(cast, team)
    yield from _on_clients(cast)
    Notification.tell([cast.ana], "mentioned", actor=cast.ben, image=make_done(cast.ana).images.get())
    key = cast.ana.notifications.latest("pk").key
    yield Action("mark_notification", reverse("mark_notification", args=[key]), ("/inbox",), {"read": "1"})


def _on_batches(cast: Cast, visibility: str) -> Iterator[Action]:
    queued = make_batch(cast.ana, visibility=visibility)
    running = make_batch(cast.ana, visibility=visibility)
    change(running.generations.get(), state="running", started_at=now(), claim="c", claim_until=now(seconds=60))
    for batch in (queued, running):
        yield Action("cancel_batch", reverse("cancel_batch", args=[batch.key]), _pages(batch))
    waiting = make_batch(cast.ana, visibility=visibility)
    change(waiting.generations.get(), kind="rate_limited", charged="no", run_at=now(seconds=600))
    yield Action("try_now", reverse("try_now", args=[waiting.generations.get().key]), _pages(waiting))
    failed = make_failed(cast.ana, kind="no_image", visibility=visibility)
    key = failed.generations.get().key
    yield Action("retry", reverse("retry", args=[key]), _pages(failed), {"submission": f"s-{visibility}"})
    yield Action("read", reverse("read", args=[key]), _pages(failed))


def _on_pictures(cast: Cast, visibility: str) -> Iterator[Action]:
    kept = make_done(cast.ana, visibility=visibility).images.get()
    page = (kept.get_absolute_url(),)
    for name, fields in {
        "refine": {"prompt": "Make it night", "submission": f"r-{visibility}"},
        "preview_refine": {"prompt": "Make it night"},
        "vary": {"submission": f"v-{visibility}"},
        "favourite": {"like": "1"},
        "tag": {"name": "spring"},
        "describe": {"alt": "A bicycle"},
        "review_image": {"state": "approved"},
        "delete": {},
        "take_down": {"reason": "A client's logo"},
    }.items():
        yield Action(name, reverse(name, args=[kept.key]), page, fields)
    tagged = make_done(cast.ana, visibility=visibility).images.get()
    tagged.tags.create(name="spring", person=cast.ana)
    yield Action("untag", reverse("untag", args=[tagged.key]), (tagged.get_absolute_url(),), {"name": "spring"})
    for deleter in (cast.ana, cast.lea, cast.sam):
        gone = make_done(cast.ana, visibility=visibility).images.get()
        Image.objects.filter(pk=gone.pk).delete_by(deleter)
        assert gone.batch
        pages = (gone.get_absolute_url(), gone.batch.get_absolute_url())
        yield Action("restore_selection", reverse("restore_selection"), pages, {"pick": gone.key})


def _on_comments(cast: Cast, visibility: str) -> Iterator[Action]:
    """On a picture of Ana's: what she and Ben said, and a client in a gallery Ben manages."""
    image = make_done(cast.ana, visibility=visibility).images.get()
    make_gallery(cast.ana, images=[image]).set_member(cast.ben, "manage", cast.ana)
    page = image.get_absolute_url()
    text = {"text": "Brighter, please."}
    yield Action("write_comment", reverse("write_comment", args=[image.key]), (page,), text)
    for author in (cast.ana, cast.ben, None):
        comment = Comment.write(image, author, "Too dark.")[0]
        done = Comment.write(image, author, "Too flat.")[0]
        done.resolve(cast.ana)
        yield Action("edit_comment", reverse("edit_comment", args=[comment.key]), (f"{page}?edit={comment.key}",), text)
        yield Action("delete_comment", reverse("delete_comment", args=[comment.key]), (page,))
        yield Action("resolve_comment", reverse("resolve_comment", args=[comment.key]), (page,))
        yield Action("reopen_comment", reverse("reopen_comment", args=[done.key]), (page,))


def _on_galleries(cast: Cast, team: Team | None) -> Iterator[Action]:
    pictures = [make_done(cast.ana, visibility="private").images.get() for _ in range(2)]
    gallery = make_gallery(cast.ana, team=team, images=pictures, order="hand")
    gallery.set_member(cast.cy, "contribute", cast.ana)
    gallery.set_member(cast.ben, "view", cast.ana)
    gallery.set_member(Person.objects.get(username="gus"), "view", cast.ana)
    page, people = gallery.get_absolute_url(), reverse("gallery_people", args=[gallery.key])
    links = reverse("gallery_links", args=[gallery.key])
    for name, pages, fields in (
        ("change_gallery", (page,), {"title": "Autumn"}),
        ("order_gallery", (page,), {"order": "oldest"}),
        ("cover_gallery", (page,), {"pick": pictures[0].key}),
        ("archive_gallery", (page,), {"archived": "1"}),
        ("delete_gallery", (page,), {}),
        ("remove_from_gallery", (page,), {"pick": pictures[0].key}),
        ("move_in_gallery", (page,), {"pick": pictures[0].key, "step": "1"}),
        ("name_in_gallery", (people,), {"person": "lea", "role": "view"}),
        ("check_guests", (people,), {"addresses": "gia@harbour.example", "role": "view"}),
        ("invite_guests", (people,), {"addresses": "gia@harbour.example", "role": "view"}),
        ("drop_from_gallery", (people,), {"person": "ben"}),
        ("show_gallery_to", (people,), {"team": ""}),
        ("make_link", (links,), {"label": "Harbour"}),
    ):
        yield Action(name, reverse(name, args=[gallery.key]), pages, fields)
    link = ShareLink.make(gallery, cast.ana, choosing=True)
    nobody, gia = Person.objects.none(), Address("gia@x.example")
    [found] = invite_to_gallery(gallery, [gia], cast.ana, known=nobody, role="view")
    row = found.invitation
    assert row
    yield Action("send_invitation", reverse("send_invitation", args=[row.key]), (people,), {})
    yield Action("end_invitation", reverse("end_invitation", args=[row.key]), (people,), {})
    yield Action("revoke_link", reverse("revoke_link", args=[link.key]), (links,), {})
    visitor = Visitor.come(link, "Marisol")[0]
    visitor.finish()
    feedback = reverse("feedback", args=[gallery.key])
    yield Action("close_round", reverse("close_round", args=[link.key]), (links, feedback), {})
    closed = ShareLink.make(gallery, cast.ana, choosing=True)
    closed.close_round()
    yield Action("open_round", reverse("open_round", args=[closed.key]), (links, feedback), {})
    yield Action("delete_visitor", reverse("delete_visitor", args=[visitor.key]), (feedback,), {})
    gone = Visitor.come(link, "Ben")[0]
    gone.delete_by(cast.ana)
    yield Action("restore_visitor", reverse("restore_visitor", args=[gone.key]), (feedback,), {})
    yield Action("reopen_visitor", reverse("reopen_visitor", args=[visitor.key]), (feedback,), {})


def _on_clients(cast: Cast) -> Iterator[Action]:
    client = Customer.make(cast.design, cast.ana, "Aldea")
    page = (client.get_absolute_url(),)
    for name, fields in {
        "change_client": {"name": "Aldea Skincare"},
        "change_client_address": {},
        "delete_client": {},
    }.items():
        yield Action(name, reverse(name, args=[client.key]), page, fields)


def _pages(batch: Batch) -> tuple[str, ...]:
    return (batch.get_absolute_url(), "/", "/?whose=team")


@pytest.fixture
def people(cast: Cast) -> dict[str, Person]:
    make_person("rio", cast.design, role=Membership.Role.REVIEWER)
    make_person("sue")
    make_person("gus")
    Person.objects.filter(username="sue").update(is_superuser=True)
    return {name: Person.objects.get(username=name) for name in ROLES}


@pytest.mark.slow
def test_every_change_is_asked_for(cast: Cast, people: dict[str, Person]) -> None:
    assert {action.name for action in actions_of(cast)} | OF_EVERYBODY | OFFERED_OTHERWISE.keys() == POSTS.keys()


@pytest.mark.slow
@pytest.mark.long
def test_an_action_is_offered_exactly_when_it_is_allowed(
    cast: Cast, people: dict[str, Person], signed_in: SignIn
) -> None:
    actions, wrong = list(actions_of(cast)), []
    for name, person in people.items():
        client = signed_in(person)

        @cache
        def page_at(address: str, client: Client = client) -> Page | None:
            answer = client.get(address)
            return Page(answer.content.decode()) if answer.status_code == 200 else None

        for action in actions:
            pages = [page for address in action.pages if (page := page_at(address))]
            is_allowed = allowed(client, action)
            for page in pages:
                # A list holds what is one's own or one's teams'; only the page of a thing must show it.
                if page.shows(action) and page.offers(action) is not is_allowed:
                    wrong.append((name, action.name, action.address, "not offered" if is_allowed else "offered"))
            if is_allowed and not any(page.offers(action) for page in pages):
                wrong.append((name, action.name, action.address, "nowhere offered"))
    assert wrong == []


class Page:
    """What a page says, read once: many actions are looked for in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.addresses = addresses_in(text)

    @cached_property
    def forms(self) -> list[tuple[str, set[str]]]:
        return [(form, addresses_in(form)) for form in re.findall(r"<form.*?</form>", self.text, re.DOTALL)]

    def offers(self, action: Action) -> bool:
        """Whether it has a form or a button that sends this."""
        parts = self.forms if action.name == "restore_selection" else [(self.text, self.addresses)]
        return any(
            action.address in addresses and ("pick" not in action.fields or f'value="{action.fields["pick"]}"' in part)
            for part, addresses in parts
        )

    def shows(self, action: Action) -> bool:
        """Whether it shows what the action is about."""
        key = action.fields.get("pick") or action.address.split("/")[2]
        batch = batch_of_generation(key)
        return key in self.text or bool(batch and batch in self.text)


def addresses_in(text: str) -> set[str]:
    """Where its forms and buttons send."""
    return {html.unescape(found).partition("?")[0] for pair in ADDRESS.findall(text) for found in pair if found}


@cache
def batch_of_generation(key: str) -> str | None:
    """The key of the batch of the generation with this key, if it is one's; keys are never given twice."""
    return Generation.objects.filter(key=key).values_list("batch__key", flat=True).first()


def allowed(client: Client, action: Action) -> bool:
    """Whether its POST does something; what it did is rolled back."""
    # What is restored is named in the form, so that a foreign key is left out instead of refused.
    is_restored = action.name == "restore_selection"
    with transaction.atomic():
        before = state_of(action) if is_restored else None
        answer = client.post(action.address, action.fields)
        is_allowed = state_of(action) != before if is_restored else answer.status_code != 404
        transaction.set_rollback(True)
    assert answer.status_code in (200, 302, 404), (action, answer.status_code)
    return is_allowed


def state_of(action: Action) -> object:
    return list(Image.objects.filter(key=action.fields.get("pick", "")).values_list("deleted_at"))


def test_staff_who_are_in_no_team_review_take_down_and_restore(
    cast: Cast, people: dict[str, Person], signed_in: SignIn
) -> None:
    for name in ("sam", "sue"):
        image = make_done(cast.ana, visibility="private").images.get()
        client = signed_in(people[name])
        client.post(reverse("review_image", args=[image.key]), {"state": "rejected", "note": "Wrong logo"})
        assert Verdict.objects.get(image=image).reviewer == people[name]
        client.post(reverse("take_down", args=[image.key]), {"reason": "Wrong logo"})
        image.refresh_from_db()
        assert (image.deleted_by, image.deletion_reason) == (people[name], "Wrong logo")
        author = signed_in(cast.ana)
        page = author.get(image.get_absolute_url()).content.decode()
        assert "took this picture down." in page and "Wrong logo" in page
        author.post(reverse("restore_selection"), {"pick": image.key})
        image.refresh_from_db()
        assert image.is_deleted
        client.post(reverse("restore_selection"), {"pick": image.key})
        image.refresh_from_db()
        assert not image.is_deleted and not image.deletion_reason and image.deleted_by is None
