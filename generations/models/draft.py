"""What stands in somebody's composer and is not sent yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import models, transaction

from generations.models.batch import Batch
from generations.models.key import new_key, now
from generations.models.team import Person

Said = Mapping[str, Sequence[str]]
MAX_CLIENT_ID = 20


class Draft(models.Model):
    """One for each person, so that it is there on every device: the form's fields as a browser sends them.

    A page names what it keeps (`by`) and the draft it began with (`came`). What came from elsewhere meanwhile, from
    another device or an address that brought other words, is not overwritten but put aside."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="draft")
    said = models.JSONField(default=dict, help_text="Each field's name with its values.")
    by = models.CharField(max_length=MAX_CLIENT_ID, blank=True, help_text="What the page that kept it calls it.")
    aside = models.JSONField(default=dict, help_text="What stood here before, if it was not sent.")
    saved_at = models.DateTimeField(db_default=now())

    CHOICES = ("model", "size", "n", "visible")
    """What stays chosen when the rest was sent."""

    def __str__(self) -> str:
        return f"draft of {self.person_id}"

    @classmethod
    def keep(
        cls, person: Person, said: Said, *, by: str = "", came: str = "", submission_key: str = ""
    ) -> Draft | None:
        """Keep these fields in place of what was kept. The draft if that put another aside.

        Nothing is kept of what was sent meanwhile under the form's key."""
        with transaction.atomic():
            draft = cls._locked(person)  # before the look at what was sent: it could be sent in between
            if submission_key and Batch.objects.of(person).filter(submission_key=submission_key).exists():
                return None
            is_other = draft._is_other(said, by, came)
            draft._change(said=said, by=by, aside=draft.said if is_other else draft.aside)
        return draft if is_other else None

    @classmethod
    def sent(cls, person: Person, said: Said, *, by: str = "", came: str = "") -> None:
        """Its words and pictures went out; only the choices stay, or what was put aside comes back.

        Another draft than the one that was sent stays as it is."""
        with transaction.atomic():
            draft = cls._locked(person)
            aside = {} if content(draft.aside) == content(said) else draft.aside
            if draft._is_other(said, by, came):
                draft._change(said=draft.said, by=draft.by, aside=aside)
            else:
                choices = {name: said[name] for name in cls.CHOICES if name in said}
                draft._change(said=aside or choices, by=new_key(), aside={})

    @classmethod
    def forget_aside(cls, person: Person) -> None:
        """What was put aside is not wanted."""
        cls.objects.filter(person=person).update(aside={})

    @classmethod
    def _locked(cls, person: Person) -> Draft:
        cls.objects.get_or_create(person=person)
        return cls.objects.select_for_update().get(person=person)

    def _is_other(self, said: Said, by: str, came: str) -> bool:
        """Whether what is kept holds something, and neither this page nor the draft it began with wrote it."""
        return any(content(self.said)) and content(self.said) != content(said) and self.by not in (by, came)

    def _change(self, *, said: Said, by: str, aside: Said) -> None:
        self.said, self.by, self.aside = dict(said), by, dict(aside)
        self.saved_at = now()
        self.save()


def content(said: Said) -> tuple[str, tuple[str, ...]]:
    """The words and the references of a draft: what would be missed."""
    return next(iter(said.get("prompt", ())), "").strip(), tuple(said.get("ref", ()))
