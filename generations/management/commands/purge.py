"""`manage.py purge`: remove for good what lay in the trash long enough. The workers do so once an hour."""

from django.conf import settings

from generations.management.storage import StorageCommand
from generations.models import Image


class Command(StorageCommand):
    help = "Remove pictures deleted more than TRASH_DAYS ago, and the files nothing else refers to."

    def handle(self, *args: object, **options: object) -> None:
        count = Image.objects.purge()
        self.stdout.write(f"{count} pictures removed that were deleted more than {settings.TRASH_DAYS} days ago.")
