"""`manage.py erase_person NAME`: erase somebody on request, by the rule in models/erasure.py."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from generations.management.storage import StorageCommand
from generations.models.email_address import person_called
from generations.models.erasure import StillRunning, erase
from generations.models.hold import Held


class Command(StorageCommand):
    help = "Erase a person: prompts, pictures, drafts, comments and name. What a legal hold covers stays and is named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="The user name or the e-mail address.")
        parser.add_argument("--yes", action="store_true", help="Do it; without this it is only said who it would be.")

    def handle(self, *args: object, name: str, yes: bool, **options: object) -> None:
        person = person_called(name)
        if person is None:
            raise CommandError(f"Nobody is called {name}.")
        if not yes:
            pictures, batches = person.images.count(), person.batches.count()
            self.stdout.write(f"{person}, {person.email}: {batches} batches, {pictures} pictures. Repeat with --yes.")
            return
        try:
            done = erase(person, None)
        except (Held, StillRunning) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Erased: {', '.join(f'{count} {what}' for what, count in done.gone.items())}.")
        if done.held:
            kept = ", ".join(f"{count} {what}" for what, count in done.held_back.items())
            raise CommandError(f"A legal hold keeps {kept}. Erase again when it is released.")
