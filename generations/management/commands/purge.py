"""`manage.py purge`: remove for good what lay in the trash long enough, and sessions that have expired."""

from django.conf import settings

from generations.management.storage import StorageCommand
from generations.models import Image
from imageweb.sessions import SessionStore


class Command(StorageCommand):
    help = "Remove pictures deleted more than TRASH_DAYS ago, the files nothing else refers to, and expired sessions."

    def handle(self, *args: object, **options: object) -> None:
        count = Image.objects.purge()
        SessionStore.clear_expired()
        self.stdout.write(f"{count} pictures removed that were deleted more than {settings.TRASH_DAYS} days ago.")
