"""Somebody the team works for: a name and a look for their pages, and one address for all that is shared with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from generations.imaging.decode import clean_copy
from generations.imaging.formats import format_of
from generations.models.audit_entry import Subject, record
from generations.models.client_colour import HUES, fill_and_text
from generations.models.key import address, new_key, now
from generations.models.secret_address import SecretAddress, hash_of
from generations.models.stored_file import StoredFile, retry_on_integrity_error
from generations.models.team import Person, Team

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from generations.models.share_link import ShareLink

MAX_NAME = 80
MAX_CONTACTS = 10
LOGO_SIDE = 640


class ClientQuerySet(models.QuerySet["Client"]):
    def kept(self) -> ClientQuerySet:
        """Those nobody has deleted."""
        return self.filter(deleted_at=None)

    def with_token(self, token: str) -> ClientQuerySet:
        """The one with this token."""
        return self.kept().filter(token_hash=hash_of(token))

    def purge(self) -> int:
        """Remove those put away long enough ago; how many. Their links stay, and each asks for what its client's
        password was."""
        return sum(client.purge() for client in list(self.expired()))

    def expired(self) -> ClientQuerySet:
        """Those put away long enough ago."""
        return self.filter(deleted_at__lte=now(days=-settings.TRASH_DAYS))


class Client(SecretAddress):
    """A client of a team. Its address lists its share links that are open, and nothing else: what each of them shows
    and allows is the link's own to say. A password of the client opens them all together."""

    class Colour(models.TextChoices):
        NONE = "", _("None")
        SLATE = "slate", _("Slate")
        RED = "red", _("Red")
        AMBER = "amber", _("Amber")
        GREEN = "green", _("Green")
        TEAL = "teal", _("Teal")
        BLUE = "blue", _("Blue")
        VIOLET = "violet", _("Violet")
        PINK = "pink", _("Pink")

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    team = models.ForeignKey(Team, verbose_name=_("team"), on_delete=models.PROTECT, related_name="clients")
    person = models.ForeignKey(Person, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(_("name"), max_length=MAX_NAME)
    logo = models.ForeignKey(
        StoredFile, verbose_name=_("logo"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    colour = models.CharField(_("colour"), max_length=8, choices=Colour, default=Colour.NONE, blank=True)
    contacts = models.JSONField(
        _("contacts"), default=list, blank=True, help_text=_("E-mail addresses that messages to the client go to.")
    )
    language = models.CharField(
        _("language"), max_length=12, blank=True, help_text=_("Of messages to it; empty: the team’s.")
    )
    created_at = models.DateTimeField(_("created at"), db_default=now())
    deleted_at = models.DateTimeField(_("deleted at"), null=True, editable=False)

    objects = ClientQuerySet.as_manager()

    links: RelatedManager[ShareLink]

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address("client", self.key)

    @property
    def page(self) -> str:
        """The address for the client itself."""
        return reverse("client_page", args=[self.token])

    @property
    def look(self) -> dict[str, str]:
        """Its colour in both themes and what is written on it, by the names that templates of mail know; {} without."""
        if not self.colour:
            return {}
        (fill, on_fill), (dark_fill, on_dark_fill) = map(fill_and_text, HUES[self.colour])
        return {"fill": fill, "on_fill": on_fill, "dark_fill": dark_fill, "on_dark_fill": on_dark_fill}

    @classmethod
    @transaction.atomic
    def make(cls, team: Team, person: Person, name: str, *, password: str = "", **fields: Any) -> Client:
        """A new client with an address of its own."""
        client = cls(team=team, person=person, name=name, **fields)
        client.password = make_password(password) if password else ""
        client.renew_token()
        client.save()
        record("added_client", client, by=person.pk)
        return client

    @transaction.atomic
    def change(self, **fields: Any) -> None:
        """Call it otherwise, or show its pages otherwise."""
        before = Client.objects.values(*fields).get(pk=self.pk)  # a form has changed this object already
        changed = [name for name, value in fields.items() if before[name] != value]
        for name, value in fields.items():
            setattr(self, name, value)
        self.save(update_fields=list(fields))
        if changed:
            record("changed_client", self, after={"changed": changed})

    @transaction.atomic
    def set_password(self, password: str) -> None:
        super().set_password(password)
        record("changed_client", self, after={"changed": ["password"], "password": bool(password)})

    @transaction.atomic
    def change_address(self) -> None:
        """Have another address from now on; the one before is 404 at the next request."""
        self.renew_token()
        self.save(update_fields=["token_hash", "sealed_token"])
        record("changed_client_address", self)

    def set_logo(self, data: bytes) -> None:
        """Show this picture in the head of its pages: a copy without metadata, at most LOGO_SIDE pixels long. Raises
        BadPicture, NotStored."""
        clean = clean_copy(data, longest=LOGO_SIDE)
        media_type = format_of(clean).media_type

        def store() -> None:
            file = StoredFile.put(clean, media_type)
            Client.objects.filter(pk=self.pk).update(logo=file)

        before = self.logo
        retry_on_integrity_error(store)
        self.refresh_from_db(fields=["logo"])
        if before and before != self.logo:
            before.drop_if_unused()

    def drop_logo(self) -> None:
        """Show none."""
        before = self.logo
        Client.objects.filter(pk=self.pk).update(logo=None)
        self.logo = None
        if before:
            before.drop_if_unused()

    @transaction.atomic
    def put_away(self) -> bool:
        """Close its address and list it no more; False if that was done. Its links stay open by themselves."""
        if not Client.objects.kept().filter(pk=self.pk).update(deleted_at=now()):
            return False
        record("deleted_client", self)
        return True

    @transaction.atomic
    def restore(self) -> bool:
        """Bring it back; False if it was not put away."""
        if not Client.objects.filter(pk=self.pk).exclude(deleted_at=None).update(deleted_at=None):
            return False
        record("restored_client", self)
        return True

    @transaction.atomic
    def purge(self) -> bool:
        """Remove the row for good, and its logo; False if somebody brought it back."""
        row = Client.objects.expired().select_for_update().filter(pk=self.pk).first()
        if row is None:
            return False
        if row.password:
            row.links.update(password=row.password)
        row.links.update(client=None)
        subject = Subject.of(row)
        row.delete()
        if row.logo:
            transaction.on_commit(row.logo.drop_if_unused)
        record("purged_client", subject)
        return True


def contacts_in(text: str) -> list[str]:
    """The addresses in a text, one a line or with commas between, each once. Whether they are addresses is for the form
    to check."""
    parts: Iterable[str] = (part.strip() for part in text.replace(",", "\n").replace(";", "\n").splitlines())
    return list(dict.fromkeys(filter(None, parts)))
