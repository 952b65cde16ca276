"""A search somebody wants to ask again."""

from __future__ import annotations

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from generations.models.key import address, new_key, now
from generations.models.team import Person

MAX_SAVED = 50
MAX_SEARCH_NAME = 60
MAX_QUERY = 1000


class SavedSearch(models.Model):
    """A name for a query of the library, for one person alone."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="saved_searches"
    )
    name = models.CharField(_("name"), max_length=MAX_SEARCH_NAME)
    query = models.CharField(_("query"), max_length=MAX_QUERY, help_text=_("As it stands in the library’s address."))
    created_at = models.DateTimeField(_("created at"), db_default=now())

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="one_search_a_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def forget_url(self) -> str:
        return address("forget_search", self.key)

    @classmethod
    def keep(cls, person: Person, name: str, query: str) -> SavedSearch | None:
        """Save a query under a name: another query's name finds this one then, and a query that was saved under another
        name is renamed. None when the person has 50 already."""
        name, kept = name.strip()[:MAX_SEARCH_NAME], person.saved_searches
        with transaction.atomic():
            known = kept.filter(query=query).first()
            if known and known.name != name:
                kept.filter(name=name).delete()
                known.name = name
                known.save(update_fields=["name"])
                return known
            if not kept.filter(name=name).exists() and kept.count() >= MAX_SAVED:
                return None
            return cls.objects.update_or_create(person=person, name=name, defaults={"query": query})[0]
