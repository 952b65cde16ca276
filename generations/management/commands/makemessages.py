"""`manage.py makemessages`: Django's, which also finds what `generations.translatable` marks."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--keyword=Message",
        "--keyword=PluralMessage:1,2",
        "--keyword=plural_noop:1,2",
    ]
