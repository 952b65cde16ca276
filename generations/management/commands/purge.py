"""`manage.py purge`: remove what lay in the trash long enough, and expired sessions, notifications and mail."""

from django.conf import settings

from generations.management.storage import StorageCommand
from generations.models import Image, Invitation, Mail, Notification, SignIn
from imageweb.sessions import SessionStore


class Command(StorageCommand):
    help = (
        "Remove pictures deleted more than TRASH_DAYS ago, the files nothing else refers to, expired sessions, "
        "and notifications and mail that are old."
    )

    def handle(self, *args: object, **options: object) -> None:
        count = Image.objects.purge()
        SessionStore.clear_expired()
        SignIn.objects.purge()
        Invitation.objects.purge()
        Notification.objects.purge()
        Mail.objects.purge()
        self.stdout.write(f"{count} pictures removed that were deleted more than {settings.TRASH_DAYS} days ago.")
