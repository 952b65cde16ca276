"""`manage.py verify_storage`: whether every row has its file, every file its row, and every byte is what was stored."""

from argparse import ArgumentParser
from collections import Counter

from django.core.management.base import CommandError

from generations.management.storage import StorageCommand
from generations.models import StoredFile
from generations.reconcile import findings


class Command(StorageCommand):
    help = "Read every stored file and compare it with the database. Ends with 1 when something is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="Mend what can be mended without losing anything.")

    def handle(self, *args: object, repair: bool, **options: object) -> None:
        wrong: Counter[str] = Counter()
        fine: Counter[str] = Counter()
        for finding in findings(repair=repair):
            self.stdout.write(str(finding))
            (wrong if finding.is_wrong else fine)[finding.what] += 1
        self.stdout.write(
            f"Rows looked at: {StoredFile.objects.count()}. {summary(fine, 'Mended or harmless')}".strip()
        )
        if wrong:
            raise CommandError(summary(wrong, "Wrong"))


def summary(counts: Counter[str], title: str) -> str:
    """The counts in a line; nothing when there are none."""
    return f"{title}: {', '.join(f'{count} {what}' for what, count in sorted(counts.items()))}." if counts else ""
