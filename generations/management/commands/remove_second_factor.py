"""`manage.py remove_second_factor NAME`: for who lost theirs, where no other administrator can do it on a page."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from generations.management.operator import OperatorCommand
from generations.models.email_address import person_called
from generations.models.second_factor import remove_second_factor


class Command(OperatorCommand):
    help = "Remove a person's authenticator app, passkeys and recovery codes: the password alone signs them in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="The user name or the e-mail address.")

    def handle(self, *args: object, name: str, **options: object) -> None:
        person = person_called(name)
        if person is None:
            raise CommandError(f"Nobody is called {name}.")
        if not remove_second_factor(person, None):
            raise CommandError(f"{person} has no second factor.")
        self.stdout.write(f"{person} signs in with the password alone now.")
