"""`manage.py retention`: what the retention rules would remove now; with --apply it is removed."""

from argparse import ArgumentParser

from generations.management.storage import StorageCommand
from generations.models.retention import apply_rules, preview


class Command(StorageCommand):
    help = "Say what the retention rules would remove now. With --apply it is removed, as every day by a worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="Remove it.")

    def handle(self, *args: object, apply: bool, **options: object) -> None:
        lines = apply_rules() if apply else preview()
        for line in lines:
            team = f" of {line.rule.team}" if line.rule.team else ""
            more = "more than " if line.is_more else ""
            self.stdout.write(f"{line.rule.kind}{team}, after {line.rule.days} days: {more}{line.count}")
        if not lines:
            self.stdout.write(
                "Nothing is due."
                if apply
                else "There are no rules. Add them under “Record”, “How long things are kept”."
            )
