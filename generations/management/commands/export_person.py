"""`manage.py export_person NAME FILE`: everything about somebody, for them, as a ZIP."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import CommandError

from generations.management.storage import StorageCommand
from generations.models.email_address import person_called
from generations.models.personal import export_person


class Command(StorageCommand):
    help = "Write everything about a person into a new ZIP: their data as JSON, and their pictures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="The user name or the e-mail address.")
        parser.add_argument("file", type=Path, metavar="FILE", help="The ZIP; it must not exist.")

    def handle(self, *args: object, name: str, file: Path, **options: object) -> None:
        person = person_called(name)
        if person is None:
            raise CommandError(f"Nobody is called {name}.")
        try:
            count = export_person(person, file)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        self.stdout.write(f"{file} holds the data of {person} and {count} pictures.")
