"""The installation's signature: an Ed25519 key that it makes once, to sign heads of the record and evidence packs."""

from __future__ import annotations

from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from generations.models.key import now
from generations.models.sealed import seal, unseal


class SigningKey(models.Model):
    """A key pair. The private half is sealed as provider keys are, so that a copy of the database cannot sign; another
    SECRET_KEY that was not told of this one makes a new pair, and what was signed before is still known by its public
    half."""

    public = models.CharField(_("public key"), max_length=44, unique=True, help_text=_("Ed25519, base64."))
    sealed_private = models.TextField(editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=now())

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")

    def __str__(self) -> str:
        return self.public

    @classmethod
    @transaction.atomic
    def current(cls) -> SigningKey:
        """The newest pair that can sign; made where there is none."""
        for key in cls.objects.order_by("-pk"):
            if key._private() is not None:
                return key
        private = Ed25519PrivateKey.generate()
        sealed = seal(b64encode(private.private_bytes_raw()).decode())
        return cls.objects.create(public=_text_of(private.public_key()), sealed_private=sealed)

    @classmethod
    def knows(cls, public: str) -> bool:
        """Whether this is the public half of a pair of ours: the private half that is kept beside it is its own, as
        far as it can be opened."""
        key = cls.objects.filter(public=public).first()
        return key is not None and key._private() is not None

    def sign(self, data: bytes) -> str:
        """The signature of these bytes, base64. Raises ValueError when no known SECRET_KEY opens the key."""
        private = self._private()
        if private is None:
            raise ValueError("The signing key was sealed with another SECRET_KEY. Put it into SECRET_KEY_FALLBACKS.")
        return b64encode(private.sign(data)).decode()

    def _private(self) -> Ed25519PrivateKey | None:
        try:
            private = Ed25519PrivateKey.from_private_bytes(b64decode(unseal(self.sealed_private)))
        except ValueError:
            return None
        return private if _text_of(private.public_key()) == self.public else None


def is_signed(data: bytes, signature: str, public: str) -> bool:
    """Whether this is the signature of these bytes by the owner of this public key; False also for what is neither."""
    try:
        Ed25519PublicKey.from_public_bytes(b64decode(public)).verify(b64decode(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _text_of(public: Ed25519PublicKey) -> str:
    return b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
