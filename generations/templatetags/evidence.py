"""What a page of an evidence pack says of the values in its document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from generations.models import Verdict

register = template.Library()


@register.filter
def moment(text: str) -> str:
    """A moment in ISO 8601 as people read it, with its zone: packs travel."""
    at = datetime.fromisoformat(text).astimezone(UTC)
    return _("%(day)s, %(time)s UTC") % {"day": date_format(at, "DATE_FORMAT"), "time": f"{at:%H:%M:%S}"}


@register.filter
def verdict(state: str) -> str:
    return str(Verdict.State(state).label)


@register.filter(name="in")
def within(picture: Mapping[str, Any], previews: Mapping[str, str]) -> str:
    """The preview of a picture of the document; "" where there is none."""
    return previews.get(picture["key"], "")
