"""`manage.py reread --since DAY`: read the kept answers of failed generations once more, as after an upgrade."""

from argparse import ArgumentParser
from collections import Counter
from datetime import datetime, time

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date

from generations.management.storage import StorageCommand
from generations.models import Generation
from generations.models.audit_entry import record
from generations.rereading import is_otherwise, outcome_of


class Command(StorageCommand):
    help = (
        "Read the kept answers of generations that failed since a day with the reader of today, and say what it finds "
        "otherwise. Nothing is called and nothing is paid."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", required=True, metavar="DAY", help="Such as 2026-11-01.")
        parser.add_argument(
            "--apply", action="store_true", help="Have the workers take up those that are read otherwise now."
        )

    def handle(self, *args: object, since: str, apply: bool, **options: object) -> None:
        found: Counter[str] = Counter()
        failed = Generation.objects.filter(state="failed", created_at__gte=moment(since))
        for generation in failed.select_related("batch", "model__provider").order_by("pk").iterator(200):
            outcome = outcome_of(generation)
            found["read" if outcome is not None else "without an answer"] += 1
            if not is_otherwise(generation, outcome):
                continue
            self.stdout.write(f"{generation.batch}, {generation.key}: {generation.kind} → {outcome or 'pictures'}")
            found["otherwise"] += 1
            if apply and generation.read_again():
                found["taken up"] += 1
        if apply:
            record("reread", after={"since": since, **found})
        said = ", ".join(f"{count} {what}" for what, count in sorted(found.items()))
        self.stdout.write(f"Failed generations: {said or 'none'}.")
        if found["otherwise"] and not apply:
            self.stdout.write("Nothing was changed. Repeat with --apply; it costs nothing.")


def moment(day: str) -> datetime:
    """The beginning of a day. Raises CommandError."""
    try:
        parsed = parse_date(day)
    except ValueError:
        parsed = None
    if parsed is None:
        raise CommandError(f"“{day}” is not a day; write it as 2026-11-01.")
    return timezone.make_aware(datetime.combine(parsed, time.min))
