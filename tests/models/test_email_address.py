"""Which addresses are the same: those that differ in the case of their letters, and no others. PostgreSQL and Python
find more alike: ı in capitals is I, ſ is S, and the Kelvin sign and İ begin with k and i in small letters."""

from __future__ import annotations

import io

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import LazySettings
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from generations.forms.settings import AddressForm
from generations.models import AuditEntry, Invitation, Person
from generations.models.account import change_address, has_account
from generations.models.email_address import lowered
from generations.models.erasure import erase
from generations.models.gallery import Gallery
from generations.models.gallery_invitation import look_up_for_gallery
from generations.models.inviting import invite, look_up
from generations.models.pasted_addresses import addresses_in
from generations.models.proven_address import forget_proof, is_proven, prove_address
from generations.models.single_sign_on import Identity, NotAdmitted, Why, admit
from generations.queries.holds import things_called
from generations.viewer import Viewer
from tests.support.cast import PASSWORD, Cast, make_person

SAME = ["miske@risk.example", "Miske@Risk.EXAMPLE", "MISKE@RISK.EXAMPLE"]
ALIKE = [SAME[0].replace(*pair) for pair in (("i", "ı"), ("s", "ſ"), ("k", "\u212a"), ("i", "İ"))]
alike = pytest.mark.parametrize("twin", ALIKE, ids=ascii)
same = pytest.mark.parametrize("email", SAME)


@pytest.fixture
def miske(cast: Cast) -> Person:
    """A superuser who has shown of no address that it is hers."""
    person = make_person("miske", is_staff=True)
    Person.objects.filter(pk=person.pk).update(email=SAME[0])
    person.refresh_from_db()
    return person


def coming_with(email: str) -> Identity:
    said = {"sub": "a1", "email": email, "email_verified": True}
    return Identity.of({"userinfo": said, "id_token": {"sub": "a1"}})


@alike
def test_single_sign_on_with_an_address_that_looks_alike_leads_to_nobody(miske: Person, twin: str) -> None:
    with pytest.raises(NotAdmitted) as refused:
        admit(coming_with(twin))
    assert refused.value.why == Why.UNINVITED and not SocialAccount.objects.exists()
    miske.refresh_from_db()
    assert miske.check_password(PASSWORD)


@same
@pytest.mark.parametrize("kept", SAME)
def test_single_sign_on_leads_to_the_address_in_any_case(miske: Person, email: str, kept: str) -> None:
    Person.objects.filter(pk=miske.pk).update(email=kept)
    assert admit(coming_with(email)).user == miske


@alike
def test_no_invitation_to_one_is_for_the_other(cast: Cast, miske: Person, twin: str) -> None:
    (found,) = invite(cast.design, addresses_in(twin), cast.lea, role="member")
    assert found.outcome == "new" and found.invitation and not found.invitation.is_for(miske)
    gallery = Gallery.objects.create(title="Tea", person=cast.ana, team=cast.design)
    everybody = Person.objects.all()
    assert [each.person for each in look_up_for_gallery(gallery, addresses_in(twin), everybody)] == [None]
    erase(miske, cast.sam)
    assert Invitation.objects.filter(pk=found.invitation.pk).exists()


@alike
def test_a_guest_with_an_address_that_looks_alike_gets_an_account_of_their_own(
    cast: Cast, miske: Person, twin: str
) -> None:
    assert not has_account(twin)
    (found,) = invite(cast.design, addresses_in(twin), cast.lea, role="member")
    assert found.invitation and found.invitation.accept("Mary", PASSWORD) not in (None, miske)


@same
def test_an_invitation_is_for_the_account_in_any_case(cast: Cast, miske: Person, email: str) -> None:
    Person.objects.filter(pk=miske.pk).update(email=email.upper())
    gallery = Gallery.objects.create(title="Tea", person=cast.ana, team=cast.design)
    addresses = addresses_in(email)
    assert has_account(email) and [each.person for each in look_up(cast.design, addresses)] == [miske]
    assert [each.person for each in look_up_for_gallery(gallery, addresses, Person.objects.all())] == [miske]


@pytest.mark.parametrize("twin", [twin for twin in ALIKE if "\u212a" not in twin], ids=ascii)
def test_a_failed_sign_in_is_recorded_of_nobody_else(miske: Person, twin: str) -> None:
    """The Kelvin sign is a k to allauth: with it the account itself is tried."""
    cache.clear()
    Person.objects.filter(pk=miske.pk).update(username=SAME[0])
    Client().post("/accounts/login/", {"login": twin, "password": "guessed"})
    assert AuditEntry.objects.get(verb="sign_in_failed").object_key == "unknown"


@same
def test_signing_in_and_a_failure_to_go_by_the_address_in_any_case(miske: Person, email: str) -> None:
    cache.clear()
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": "guessed"})
    assert AuditEntry.objects.get(verb="sign_in_failed").object_key == str(miske.pk)
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(miske.pk)


@alike
def test_a_reset_is_mailed_to_no_other_address(miske: Person, twin: str, settings: LazySettings) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    cache.clear()
    Client().post("/accounts/password/reset/", {"email": twin})
    assert {to for letter in mail.outbox if "/key/" in letter.body for to in letter.to} <= {miske.email}


@alike
def test_an_address_that_looks_alike_is_another_to_change_to(cast: Cast, miske: Person, twin: str) -> None:
    form = AddressForm(cast.ana, {"email": twin})
    assert form.is_valid() and change_address(cast.ana, form.cleaned_data["email"], cast.sam)
    cast.ana.refresh_from_db()
    assert cast.ana.email == twin
    with pytest.raises(NotAdmitted):
        admit(coming_with(SAME[0].replace("miske", "someone")))
    assert admit(coming_with(twin)).user == cast.ana


@same
def test_an_address_that_somebody_has_is_taken_in_any_case(cast: Cast, miske: Person, email: str) -> None:
    Person.objects.filter(pk=miske.pk).update(email=SAME[1])
    assert "Somebody else" in str(AddressForm(cast.ana, {"email": email}).errors)
    miske.refresh_from_db()
    assert "your address already" in str(AddressForm(miske, {"email": email}).errors)


@alike
def test_proof_of_one_address_is_none_of_the_other(cast: Cast, miske: Person, twin: str) -> None:
    row = EmailAddress.objects.create(user=miske, email=twin, verified=True)
    assert not is_proven(miske)
    EmailAddress.objects.update(user=cast.ana)
    prove_address(miske)
    forget_proof(miske)
    assert EmailAddress.objects.get() == row


@alike
@pytest.mark.parametrize(
    "command",
    ["erase_person {} --yes", "export_person {} no/folder.zip", "remove_second_factor {}", "generate cat --as {}"],
)
def test_no_command_takes_one_for_the_other(miske: Person, command: str, twin: str) -> None:
    with pytest.raises(CommandError, match="Nobody is called"):
        call_command(*command.format(twin).split())


@alike
def test_a_hold_is_put_on_nobody_else(cast: Cast, miske: Person, twin: str) -> None:
    Person.objects.filter(pk=cast.ana.pk).update(email=twin)
    assert things_called(Viewer(cast.sam), "person", twin) == [cast.ana]
    assert things_called(Viewer(cast.sam), "person", SAME[1]) == [miske]


@same
def test_a_command_finds_the_address_in_any_case(cast: Cast, miske: Person, email: str) -> None:
    out = io.StringIO()
    call_command("erase_person", email, stdout=out)
    assert out.getvalue().startswith("Miske, miske@risk.example: ")
    assert lowered(email) == SAME[0]
