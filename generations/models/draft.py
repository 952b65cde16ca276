"""The unsent contents of a person's composer, with optimistic concurrency between devices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.models.batch import Batch
from generations.models.image import Image
from generations.models.key import new_key, now
from generations.models.team import Person

Fields = Mapping[str, Sequence[str]]
MAX_CLIENT_ID = 20


class Draft(models.Model):
    """One for each person, so that it is there on every device: the form's fields as a browser sends them.

    A page sends the id of what it keeps (`client_id`) and of the draft it began with (`base_client_id`). What another
    device or an address with another prompt wrote meanwhile is not overwritten but stashed."""

    person = models.OneToOneField(Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="draft")
    fields = models.JSONField(_("fields"), default=dict, help_text=_("Each field’s name with its values."))
    client_id = models.CharField(
        _("client id"), max_length=MAX_CLIENT_ID, blank=True, help_text=_("The id that the page which kept it made.")
    )
    stashed = models.JSONField(_("stashed"), default=dict, help_text=_("What stood here before, if it was not sent."))
    saved_at = models.DateTimeField(_("saved at"), db_default=now())

    CHOICES = ("model", "size", "n", "other_n", "visible")
    """What stays chosen when the rest was sent."""

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self) -> str:
        return gettext("Draft of %(person)s") % {"person": self.person}

    @classmethod
    def keep(
        cls, person: Person, fields: Fields, *, client_id: str = "", base_client_id: str = "", submission_key: str = ""
    ) -> Draft | None:
        """Keep these fields in place of what was kept. The draft, if that stashed another.

        Nothing is kept of what was sent meanwhile under the form's key. The pictures that it names are locked until
        they are kept by it: no rule that judged them before removes them in between."""
        with transaction.atomic():
            draft = cls._locked(person)  # before the look at what was sent: it could be sent in between
            if submission_key and Batch.objects.of(person).filter(submission_key=submission_key).exists():
                return None
            if named := list(pictures_named(fields)):
                Image.objects.filter(key__in=named).lock()
            is_other = draft._is_other(fields, client_id, base_client_id)
            draft._change(fields=fields, client_id=client_id, stashed=draft.fields if is_other else draft.stashed)
        return draft if is_other else None

    @classmethod
    def sent(cls, person: Person, fields: Fields, *, client_id: str = "", base_client_id: str = "") -> None:
        """Its words and pictures went out; only the choices stay, or what was stashed comes back.

        Another draft than the one that was sent stays as it is."""
        with transaction.atomic():
            draft = cls._locked(person)
            stashed = {} if content(draft.stashed) == content(fields) else draft.stashed
            if draft._is_other(fields, client_id, base_client_id):
                draft._change(fields=draft.fields, client_id=draft.client_id, stashed=stashed)
            else:
                choices = {name: fields[name] for name in cls.CHOICES if name in fields}
                draft._change(fields=stashed or choices, client_id=new_key(), stashed={})

    @classmethod
    def forget_stashed(cls, person: Person) -> None:
        """Drop what was stashed."""
        cls.objects.filter(person=person).update(stashed={})

    @classmethod
    def _locked(cls, person: Person) -> Draft:
        cls.objects.get_or_create(person=person)
        return cls.objects.select_for_update().get(person=person)

    def _is_other(self, fields: Fields, client_id: str, base_client_id: str) -> bool:
        """Whether what is kept holds something, and neither this page nor the draft it began with wrote it."""
        is_known = self.client_id in (client_id, base_client_id)
        return any(content(self.fields)) and content(self.fields) != content(fields) and not is_known

    def _change(self, *, fields: Fields, client_id: str, stashed: Fields) -> None:
        self.fields, self.client_id, self.stashed = dict(fields), client_id, dict(stashed)
        self.saved_at = now()
        self.save()


def pictures_named(fields: Fields) -> Iterator[str]:
    """The keys of the pictures that a draft sends or comes from."""
    for name in ("ref", "parent"):
        yield from map(str, fields.get(name, ()))


def content(fields: Fields) -> tuple[str, tuple[str, ...]]:
    """The words and the references of a draft: what would be missed."""
    return next(iter(fields.get("prompt", ())), "").strip(), tuple(fields.get("ref", ()))
