"""`manage.py verify_evidence FILE`: whether an evidence pack is whole to its last byte, and signed here."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import CommandError

from generations.evidence.check import check_pack
from generations.management.operator import OperatorCommand


class Command(OperatorCommand):
    help = "Check an evidence pack. Ends with 1 when it is not one of ours, or was changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="The ZIP.")

    def handle(self, *args: object, file: Path, **options: object) -> None:
        try:
            with file.open("rb") as pack:
                found = check_pack(pack)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        if not found.is_good:
            raise CommandError(f"{file}: {found.problem}")
        self.stdout.write(
            f"The pack is whole and ours: {found.pictures} pictures, made at {found.made_at}, when the record had "
            f"{found.number} entries."
        )
