"""Every verb of the record is written by what does it, once, in the chain."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse

from generations.models import (
    AudienceChange,
    AuditEntry,
    Client,
    Comment,
    Generation,
    Hold,
    Image,
    Invitation,
    Notification,
    Person,
    Provider,
    RetentionRule,
    ShareLink,
    Team,
    Verdict,
    Visitor,
)
from generations.models.account import password_link
from generations.models.adoption import adopt_sandbox
from generations.models.audit_entry import record
from generations.models.batch import Audience
from generations.models.gallery_invitation import invite_to_gallery
from generations.models.group_role import GroupRole, apply_groups, set_group_role
from generations.models.hand_over import hand_over
from generations.models.hand_pause import pause_by_hand
from generations.models.inviting import invite
from generations.models.key import now
from generations.models.notification_kind import KINDS
from generations.models.pasted_addresses import Address
from generations.models.record_proof import first_break
from generations.models.record_verb import VERBS
from generations.models.refusal import pause_sending, resume_sending
from generations.models.retention import apply_rules, prune
from generations.models.second_factor import remove_second_factor
from generations.models.sign_in import end_sessions
from generations.models.single_sign_on import Identity, NotAdmitted, Why, admit, note_refusal, unlink
from generations.record_head import check_record
from tests.support.cast import (
    PASSWORD,
    make_cast,
    make_done,
    make_gallery,
    make_person,
    make_provider,
    make_team,
)
from tests.support.factors import connect_app, make_app, recovery_codes

pytestmark = [pytest.mark.exhaustive, pytest.mark.django_db]
SignIn = Callable[..., Browser]
LONG_AGO = now(days=-400)
RULES_OF_REVIEW = {"review": "required", "approvals": 2, "has_four_eyes": True, "gates": "links", "reasons": ["Off"]}


class Fields(HTMLParser):
    """What a browser would send of a page's forms as they are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self.open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name, kind = said.get("name") or "", said.get("type")
        if tag == "input" and name and kind != "submit" and (kind not in ("checkbox", "radio") or "checked" in said):
            self.values[name] = said.get("value") or ("on" if kind == "checkbox" else "")
        elif tag in ("select", "textarea"):
            self.open = name
            self.values[name] = None if tag == "select" else ""
        elif tag == "option" and "selected" in said:
            self.values[self.open] = said.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self.open and self.lasttag == "textarea":
            self.values[self.open] += data

    def handle_endtag(self, tag: str) -> None:
        self.open = "" if tag in ("select", "textarea") else self.open


class World:
    """What an act is done in."""

    def __init__(self, signed_in: SignIn, folder: Path) -> None:
        self.cast, self.signed_in, self.folder = make_cast(), signed_in, folder

    def image(self, **fields: Any) -> Image:
        return make_done(self.cast.ana, **fields).images.get()

    def admin(self, row: Any, **fields: Any) -> None:
        """Change a row on its page of the administration, and add what `fields` say."""
        self._admin(reverse(f"admin:generations_{row._meta.model_name}_change", args=[row.pk]), fields)

    def admin_add(self, noun: str, **fields: Any) -> None:
        self._admin(reverse(f"admin:generations_{noun}_add"), fields)

    def admin_delete(self, row: Any) -> None:
        path = reverse(f"admin:generations_{row._meta.model_name}_delete", args=[row.pk])
        assert self.signed_in(self.cast.sam).post(path, {"post": "yes"}).status_code == 302

    def _admin(self, path: str, fields: dict[str, Any]) -> None:
        client = self.signed_in(self.cast.sam)
        said = Fields(client.get(path).content.decode()).values | fields
        response = client.post(path, {name: value for name, value in said.items() if value is not None})
        assert response.status_code == 302, response.context["errors"] if response.context else ""

    def link(self, **fields: Any) -> ShareLink:
        gallery = make_gallery(self.cast.ana, images=[self.image()])
        return ShareLink.make(gallery, self.cast.ana, **fields)

    def customer(self) -> Client:
        return Client.make(self.cast.design, self.cast.ana, "Aldea")


def sign_in(world: World, password: str = PASSWORD) -> None:
    Browser().post("/accounts/login/", {"login": "ana@design.example", "password": password})


def role_of(world: World, **fields: Any) -> None:
    world.admin(world.cast.design, **{f"membership_set-0-{name}": value for name, value in fields.items()})


def expired(row: Any) -> Any:
    type(row).objects.filter(pk=row.pk).update(deleted_at=LONG_AGO)
    return type(row).objects.filter(pk=row.pk)


def show(world: World) -> AudienceChange:
    batch = make_done(world.cast.ana)
    AudienceChange.objects.make(world.cast.ana, [batch.pk], lambda batch: Audience(batch.team, "private"))
    return AudienceChange.objects.get(batch=batch)


def opened_private(world: World) -> None:
    batch = make_done(world.cast.ana, visibility="private")
    staff = world.signed_in(world.cast.sam)
    key = batch.generations.get().key
    for path in (batch.get_absolute_url(), batch.images.get().get_absolute_url(), f"/g/{key}/exchange"):
        assert staff.get(path).status_code == 200
    assert world.signed_in(world.cast.ana).get(batch.get_absolute_url()).status_code == 200


def comment(world: World) -> Comment:
    return Comment.write(world.image(), world.cast.ana, "Too dark.")[0]


def withdrawn(world: World) -> None:
    image = world.image()
    key = Verdict.objects.give(world.cast.lea, image, "approved")
    Verdict.objects.withdraw(world.cast.lea, image, key)


def restored(world: World) -> None:
    images = Image.objects.filter(pk=world.image().pk)
    images.delete_by(world.cast.ana)
    images.restore()


def by_link(world: World, path: str = "") -> None:
    link = world.link(download="original")
    key = Image.objects.latest("pk").key
    for _twice in range(2):
        assert Browser().get(f"{link.get_absolute_url()}{path.replace('KEY', key)}").status_code == 200


def choice(world: World) -> Visitor:
    visitor, _token = Visitor.come(world.link(choosing=True), "Marisol")
    visitor.finish()
    return visitor


def change_email(world: World) -> None:
    address = EmailAddress.objects.create(user=world.cast.ana, email="anna@design.example")
    world.signed_in(world.cast.ana).post(f"/accounts/confirm-email/{EmailConfirmationHMAC.create(address).key}/")


def password(world: World) -> Browser:
    """A browser in which Ana's password was right."""
    client = Browser()
    client.post("/accounts/login/", {"login": world.cast.ana.username, "password": PASSWORD})
    return client


def second_step(world: World, code: str = "") -> None:
    make_app(world.cast.ana)
    password(world).post("/accounts/second-factor/", {"code": code or recovery_codes(world.cast.ana)[0]})


def identity(world: World) -> Identity:
    return Identity("a1", world.cast.ana.email, is_verified=True, name="Ana", groups=None)


def provider_of(world: World) -> Provider:
    return make_provider("Gateway", "https://gateway.example/v1")


ACTS: dict[str, Callable[[World], Any]] = {
    "signed_in": sign_in,
    "sign_in_failed": lambda w: sign_in(w, "wrong"),
    "signed_out": lambda w: w.signed_in(w.cast.ana).post("/accounts/logout/"),
    "password_changed": lambda w: w.signed_in(w.cast.ana).post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "a quieter darkroom", "password2": "a quieter darkroom"},
    ),
    "added_second_factor": lambda w: connect_app(password(w)),
    "made_recovery_codes": lambda w: connect_app(password(w)),
    "removed_second_factor": lambda w: (make_app(w.cast.ana), remove_second_factor(w.cast.ana, w.cast.sam)),
    "second_factor_failed": lambda w: second_step(w, "000000"),
    "used_recovery_code": lambda w: second_step(w),
    "linked_single_sign_on": lambda w: admit(identity(w)),
    "ended_other_ways_in": lambda w: admit(identity(w)),
    "unlinked_single_sign_on": lambda w: (admit(identity(w)), unlink(w.cast.ana, w.cast.sam)),
    "single_sign_on_refused": lambda w: note_refusal(NotAdmitted(Why.UNVERIFIED, w.cast.ana)),
    "set_group_role": lambda w: set_group_role("judges", w.cast.design, "reviewer", w.cast.sam),
    "removed_group_role": lambda w: (
        set_group_role("judges", w.cast.design, "reviewer", w.cast.sam),
        GroupRole.objects.get().remove(w.cast.sam),
    ),
    "changed_by_group": lambda w: (
        set_group_role("judges", w.cast.design, "reviewer", w.cast.sam),
        apply_groups(w.cast.cy, ["judges"]),
    ),
    "added_person": lambda w: w.admin_add(
        "person", username="eli", email="eli@design.example", password1="lamp of amber", password2="lamp of amber"
    ),
    "changed_person": lambda w: w.admin(w.cast.ben, is_staff="on"),
    "deactivated": lambda w: w.admin(w.cast.ben, is_active=None),
    "activated": lambda w: (
        Person.objects.filter(pk=w.cast.ben.pk).update(is_active=False),
        w.admin(w.cast.ben, is_active="on"),
    ),
    "removed_person": lambda w: w.admin_delete(make_person("eli")),
    "added_team": lambda w: w.admin_add("team", name="Print room"),
    "changed_team": lambda w: w.admin(w.cast.design, name="Design and layout"),
    "removed_team": lambda w: w.admin_delete(make_team("Empty")),
    "gave_role": lambda w: w.admin(
        Team.objects.create(name="New"),
        **{"membership_set-TOTAL_FORMS": 1, "membership_set-0-person": w.cast.ana.pk, "membership_set-0-role": "lead"},
    ),
    "changed_role": lambda w: role_of(w, role="reviewer"),
    "took_role": lambda w: role_of(w, DELETE="on"),
    "invited": lambda w: invited(w),
    "invited_again": lambda w: invited(w).send_again(w.cast.lea),
    "ended_invitation": lambda w: invited(w).end(),
    "declined_invitation": lambda w: invited(w).decline(),
    "accepted_invitation": lambda w: invited(w).accept("Wei Zhang", PASSWORD),
    "invited_to_gallery": lambda w: asked_to_gallery(w),
    "invited_again_to_gallery": lambda w: asked_to_gallery(w).send_again(w.cast.lea),
    "ended_gallery_invitation": lambda w: asked_to_gallery(w).end(),
    "declined_gallery": lambda w: asked_to_gallery(w).decline(),
    "joined_gallery": lambda w: asked_to_gallery(w).accept("Wei Zhang", PASSWORD),
    "handed_over": lambda w: hand_over(w.cast.ana, w.cast.ben, w.cast.sam),
    "took_back_work": lambda w: hand_over(w.cast.ana, w.cast.ben, w.cast.sam).take_back(),
    "changed_email": change_email,
    "made_password_link": lambda w: password_link(w.cast.ana, w.cast.sam),
    "ended_sessions": lambda w: (w.signed_in(w.cast.ana), end_sessions(w.cast.ana, by=w.cast.sam.pk)),
    "named_in_gallery": lambda w: make_gallery(w.cast.ana).set_member(w.cast.cy, "view", w.cast.ana),
    "dropped_from_gallery": lambda w: (
        (gallery := make_gallery(w.cast.ana)).set_member(w.cast.cy, "view", w.cast.ana),
        gallery.drop_member(w.cast.cy),
    ),
    "showed_batch": show,
    "unshowed_batch": lambda w: AudienceChange.objects.filter(pk=show(w).pk).undo(),
    "showed_gallery": lambda w: make_gallery(w.cast.ana).show_to(None),
    "opened_private": opened_private,
    "deleted_picture": lambda w: Image.objects.filter(pk=w.image().pk).delete_by(w.cast.ana),
    "took_down": lambda w: Image.objects.filter(pk=w.image().pk).delete_by(w.cast.lea, "A logo."),
    "restored_picture": restored,
    "purged_picture": lambda w: expired(w.image()).purge(),
    "deleted_gallery": lambda w: make_gallery(w.cast.ana).delete_by(w.cast.ana),
    "restored_gallery": lambda w: (
        (gallery := make_gallery(w.cast.ana)).delete_by(w.cast.ana),
        gallery.restore(),
    ),
    "purged_gallery": lambda w: expired(make_gallery(w.cast.ana)).purge(),
    "deleted_comment": lambda w: comment(w).delete_by(w.cast.lea),
    "restored_comment": lambda w: ((said := comment(w)).delete_by(w.cast.ana), said.restore()),
    "downloaded_original": lambda w: w.signed_in(w.cast.ben).get(f"{w.image().original_url}?download"),
    "downloaded_zip": lambda w: w.signed_in(w.cast.ana).post("/selection/zip", {"pick": w.image().key}),
    "approved": lambda w: Verdict.objects.give(w.cast.lea, w.image(), "approved"),
    "rejected": lambda w: Verdict.objects.give(w.cast.lea, w.image(), "rejected", "A logo."),
    "requested_changes": lambda w: Verdict.objects.give(w.cast.lea, w.image(), "changes", "Softer light."),
    "changed_review": lambda w: Verdict.objects.rule(w.cast.design, **RULES_OF_REVIEW),
    "paused_sending": lambda w: pause_sending(w.cast.ben.membership_set.get(), w.cast.lea),
    "resumed_sending": lambda w: (
        pause_sending(w.cast.ben.membership_set.get(), w.cast.lea),
        resume_sending(w.cast.ben.membership_set.get(), w.cast.lea),
    ),
    "withdrew_verdict": withdrawn,
    "made_link": lambda w: w.link(),
    "revoked_link": lambda w: w.link().end(),
    "closed_round": lambda w: w.link().close_round(),
    "opened_round": lambda w: ((link := w.link()).close_round(), link.open_round()),
    "deleted_visitor": lambda w: choice(w).delete_by(w.cast.ana),
    "restored_visitor": lambda w: (visitor := choice(w), visitor.delete_by(w.cast.ana), visitor.restore()),
    "gave_link": lambda w: w.link().give_to(w.customer()),
    "opened_link": by_link,
    "wrong_link_password": lambda w: Browser().post(w.link(password="x").get_absolute_url(), {"password": "y"}),
    "downloaded_by_link": lambda w: by_link(w, "/KEY/file"),
    "sent_choice": choice,
    "reopened_choice": lambda w: choice(w).reopen(w.cast.ana),
    "exported_record": lambda w: w.signed_in(w.cast.lea).post("/record/export", {"format": "csv"}),
    "proved_picture": lambda w: w.signed_in(w.cast.lea).post("/evidence", {"pick": w.image().key}),
    "placed_hold": lambda w: hold_on(w.image(), w.cast.sam),
    "released_hold": lambda w: hold_on(w.image(), w.cast.sam).release(w.cast.sam),
    "erased_person": lambda w: w.signed_in(w.cast.sam).post("/person/ana/erase", {"confirm": "ana"}),
    "reread": lambda w: call_command("reread", since="2026-01-01", apply=True, stdout=io.StringIO()),
    "set_retention": lambda w: RetentionRule.objects.keep("drafts", None, 30, w.cast.sam),
    "unset_retention": lambda w: (
        RetentionRule.objects.keep("drafts", None, 30, w.cast.sam),
        RetentionRule.objects.keep("drafts", None, None, w.cast.sam),
    ),
    "applied_retention": lambda w: (old_call(w), apply_rules()),
    "pruned_record": lambda w: (record("approved"), prune(-1)),
    "exported_person": lambda w: w.signed_in(w.cast.ana).post("/person/ana/export"),
    "added_client": lambda w: w.customer(),
    "changed_client": lambda w: w.customer().change(name="Aldea & Co."),
    "changed_client_address": lambda w: w.customer().change_address(),
    "deleted_client": lambda w: w.customer().put_away(),
    "restored_client": lambda w: ((client := w.customer()).put_away(), client.restore()),
    "purged_client": lambda w: expired(w.customer()).purge(),
    "added_provider": lambda w: (Provider.objects.filter(name="Sandbox").update(base_url="x"), rename_sandbox(w)),
    "changed_provider": lambda w: w.admin(provider_of(w), running_limit=3),
    "removed_provider": lambda w: w.admin_delete(provider_of(w)),
    "paused_provider": lambda w: pause_by_hand(provider_of(w), w.cast.sam),
    "resumed_provider": lambda w: provider_of(w).resume(),
    "added_model": lambda w: adopt_sandbox(),
    "changed_model": lambda w: w.admin(w.cast.model, rank=3),
    "removed_model": lambda w: (w.cast.model.prices.all().delete(), w.admin_delete(w.cast.model)),
    "paused_model": lambda w: pause_by_hand(w.cast.model, w.cast.sam),
    "resumed_model": lambda w: w.cast.model.resume(),
    "set_price": lambda w: w.admin(w.cast.model, **price_of(w)),
}
ACTS["checked_record"] = lambda w: check_record()
ELSEWHERE = {"backed_up": "management/test_backup.py", "restored_backup": "management/test_restore.py"}
"""Verbs whose acts need more than a test here can have, and where they are tried."""


def invited(world: World) -> Invitation:
    [found] = invite(world.cast.design, [Address("wei@design.example")], world.cast.lea, role="reviewer")
    assert found.invitation
    return found.invitation


def asked_to_gallery(world: World) -> Invitation:
    gallery, wei = make_gallery(world.cast.ana), Address("wei@design.example")
    [found] = invite_to_gallery(gallery, [wei], world.cast.ana, known=Person.objects.none(), role="view")
    assert found.invitation
    return found.invitation


def hold_on(image: Image, by: Person) -> Hold:
    hold = Hold(name="Aldea contract", reason="File 25/114", image=image)
    hold.place(by)
    return hold


def old_call(world: World) -> None:
    make_done(world.cast.ana)
    Generation.objects.update(finished_at=LONG_AGO)
    RetentionRule.objects.create(kind="exchanges", days=30)


def rename_sandbox(world: World) -> None:
    Provider.objects.filter(name="Sandbox").update(name="Former")
    adopt_sandbox()


def price_of(world: World) -> dict[str, Any]:
    said = {"starts_at_0": "2026-01-01", "starts_at_1": "00:00:00", "amount": "0.05"}
    return {"prices-TOTAL_FORMS": 1, "prices-INITIAL_FORMS": 0, **{f"prices-0-{k}": v for k, v in said.items()}}


@pytest.fixture
def world(db: None, signed_in: SignIn, tmp_path: Path) -> World:
    return World(signed_in, tmp_path)


def test_every_verb_has_its_act() -> None:
    assert ACTS.keys() | ELSEWHERE.keys() == VERBS.keys()
    for verb, file in ELSEWHERE.items():
        assert f'"{verb}"' in Path(__file__).parents[1].joinpath(file).read_text(encoding="utf-8")


def test_every_verb_and_kind_has_room_in_its_column() -> None:
    """PostgreSQL refuses what SQLite takes."""
    for model, column, names in ((AuditEntry, "verb", VERBS), (Notification, "kind", KINDS)):
        room = model._meta.get_field(column).max_length
        assert [name for name in names if len(name) > room] == []


@pytest.mark.parametrize("verb", ACTS)
def test_an_act_is_recorded_once(world: World, verb: str) -> None:
    if verb.startswith(("export", "download")):
        gc.collect()  # what another test has not read to its end still holds the one download a person has
    ACTS[verb](world)
    entries = AuditEntry.objects.filter(verb=verb)
    assert entries.count() == (15 if verb == "added_model" else 1), list(AuditEntry.objects.all())
    assert first_break() is None
