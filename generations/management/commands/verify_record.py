"""`manage.py verify_record`: whether the record is what was written, and which entry is the first that is not."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import CommandError
from django.db import connection

from generations.management.operator import OperatorCommand
from generations.models import AuditEntry
from generations.models.record_guard import missing
from generations.models.record_proof import first_break
from generations.record_head import SignedHead, problem_with, signed_head


class Command(OperatorCommand):
    help = "Prove the chain of the record. Ends with 1 and names the first entry that is not what was written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write-head", type=Path, metavar="FILE", help="Write the signed head into this file.")
        parser.add_argument(
            "--head", type=Path, metavar="FILE", help="Also compare with a signed head that was written before."
        )

    def handle(self, *args: object, write_head: Path | None, head: Path | None, **options: object) -> None:
        if broken := first_break():
            raise CommandError(
                f"Entry {broken.number} does not hold: {broken.reason}. The entries before it are as they were "
                "written. Make a copy of the database now, and find out who had access to it."
            )
        if names := missing(connection):
            raise CommandError(
                f"The chain holds, but nothing keeps it so: the triggers {', '.join(names)} are missing or changed. "
                "Find out who did that, and make them again as migration 0049 does."
            )
        if head is not None:
            try:
                problem = problem_with(SignedHead.from_json(head.read_bytes()))
            except OSError as error:
                raise CommandError(f"{head} cannot be read: {error.strerror}.") from None
            except ValueError as error:
                raise CommandError(f"{head}: {error}") from None
            if problem:
                raise CommandError(problem)
            self.stdout.write(f"The record holds what {head} says.")
        if write_head is not None:
            write_head.write_text(signed_head().to_json(), encoding="utf-8")
            self.stdout.write(f"The signed head is in {write_head}. Keep it on another machine.")
        self.stdout.write(f"The record is complete: {AuditEntry.objects.count()} entries.")
