"""The days of a feed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from generations.presenters.strip import Strip


def by_day(strips: list[Strip]) -> list[tuple[str, list[Strip]]]:
    """Strips under the name of their day."""
    today = timezone.localdate()
    return [
        (name_of(day, today), list(group))
        for day, group in groupby(strips, key=lambda strip: timezone.localdate(strip.batch.created_at))
    ]


def day_of(moment: datetime) -> str:
    """The day of a moment by the same names."""
    return name_of(timezone.localdate(moment), timezone.localdate())


def name_of(day: date, today: date) -> str:
    """Today, Yesterday, then the date."""
    if day == today:
        return gettext("Today")
    if day == today - timedelta(days=1):
        return gettext("Yesterday")
    return date_format(day, "MONTH_DAY_FORMAT" if day.year == today.year else "DATE_FORMAT")
