"""What stands in somebody's composer and is not sent yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import models

from generations.models.batch import Batch
from generations.models.key import now
from generations.models.team import Person

Said = Mapping[str, Sequence[str]]


class Draft(models.Model):
    """One for each person, so that it is there on every device: the form's fields as a browser sends them."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="draft")
    said = models.JSONField(default=dict, help_text="Each field's name with its values.")
    saved_at = models.DateTimeField(db_default=now())

    CHOICES = ("model", "size", "n", "visible")
    """What stays chosen when the rest was sent."""

    def __str__(self) -> str:
        return f"draft of {self.person_id}"

    @classmethod
    def keep(cls, person: Person, said: Said, submission_key: str = "") -> bool:
        """Keep these fields in place of what was kept. Not what was sent meanwhile under the form's key; whether."""
        if submission_key and Batch.objects.of(person).filter(submission_key=submission_key).exists():
            return False
        cls.objects.update_or_create(person=person, defaults={"said": dict(said), "saved_at": now()})
        return True

    @classmethod
    def sent(cls, person: Person, said: Said) -> None:
        """Its words and pictures went out; only the choices stay."""
        cls.keep(person, {name: said[name] for name in cls.CHOICES if name in said})
