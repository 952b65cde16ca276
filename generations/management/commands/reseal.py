"""`manage.py reseal`: after SECRET_KEY was changed and the old one put into SECRET_KEY_FALLBACKS."""

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management.base import CommandError
from django.db import transaction

from generations.management.operator import OperatorCommand
from generations.models import Provider, SigningKey
from generations.models.sealed import reseal, seal
from generations.models.second_factor import SEALED, Kind


class Command(OperatorCommand):
    help = "Seal provider keys and second factors with the newest SECRET_KEY, so that the old one can be forgotten."

    def handle(self, *args: object, **options: object) -> None:
        resealed, lost = 0, []
        for provider in Provider.objects.exclude(sealed_key=""):
            try:
                renewed = seal(provider.secret)
            except ValueError:
                lost.append(provider.name)
            else:  # a key entered meanwhile is not overwritten
                same = Provider.objects.filter(pk=provider.pk, sealed_key=provider.sealed_key)
                resealed += same.update(sealed_key=renewed)
        for column in ("sealed_headers", "sealed_proxy"):
            for provider in Provider.objects.exclude(**{column: ""}):
                sealed = getattr(provider, column)
                try:
                    Provider.objects.filter(pk=provider.pk, **{column: sealed}).update(**{column: reseal(sealed)})
                except InvalidToken:
                    lost.append(provider.name)
        for key in SigningKey.objects.all():
            try:
                SigningKey.objects.filter(pk=key.pk).update(sealed_private=reseal(key.sealed_private))
            except InvalidToken:
                lost.append(f"the signing key {key}")
        for pk in Authenticator.objects.exclude(type=Kind.WEBAUTHN).values_list("pk", flat=True):
            with transaction.atomic():  # a recovery code that is used meanwhile stays used
                factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
                try:
                    if factor is not None:
                        reseal_factor(factor)
                except InvalidToken:
                    lost.append(f"a second factor of {factor.user}")
        self.stdout.write(f"Provider keys sealed with the newest SECRET_KEY: {resealed}.")
        if lost:
            raise CommandError(
                f"Sealed with a SECRET_KEY that is not known here: {', '.join(dict.fromkeys(lost))}. "
                "Put it into SECRET_KEY_FALLBACKS, or enter these keys again."
            )
        self.stdout.write("Nothing needs the keys in SECRET_KEY_FALLBACKS any more but sessions and links still open.")


def reseal_factor(factor: Authenticator) -> None:
    """Its secret under the newest key. Raises InvalidToken."""
    factor.data |= {name: reseal(factor.data[name]) for name in SEALED if name in factor.data}
    factor.save(update_fields=["data"])
