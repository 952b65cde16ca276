"""Signed heads of the record: what its last entry was at a time, to be kept elsewhere.

Who may change everything in the database could rewrite the whole chain; not what a head that lies elsewhere says. The
last one lies in the data folder, and each proof begins with it: so a record that was cut short or rewritten as a whole
is found, and an older database in its place."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generations.models import AuditEntry, Notification, Person, RecordHead, SigningKey
from generations.models.audit_entry import record
from generations.models.key import now
from generations.models.record_proof import Break, first_break
from generations.models.signing_key import is_signed
from generations.translatable import Message
from generations.translatable import gettext_noop as _

NO_HEAD = _("This is not a head of a record.")


@dataclass(frozen=True)
class SignedHead:
    """The number, hash and time of the last entry, signed."""

    site: str
    number: int
    hash: str
    at: str
    key: str
    signature: str = ""

    def said(self) -> bytes:
        """What the signature is of."""
        said = {name: value for name, value in asdict(self).items() if name != "signature"}
        return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> SignedHead:
        """Raises ValueError for what is no head."""
        try:
            said: Any = json.loads(text)
            head = cls(**said)
        except (ValueError, TypeError, RecursionError):
            raise ValueError(NO_HEAD) from None
        if not isinstance(head.number, int) or not all(isinstance(value, str) for value in _texts(head)):
            raise ValueError(NO_HEAD)
        return head


def signed_head() -> SignedHead:
    """The head of the record as it stands."""
    head, key = RecordHead.objects.first() or RecordHead(), SigningKey.current()
    at = head.at.isoformat() if head.at else ""
    unsigned = SignedHead(settings.SITE_URL, head.number, head.hash, at, key.public)
    return SignedHead(**asdict(unsigned) | {"signature": key.sign(unsigned.said())})


def problem_with(head: SignedHead) -> str:
    """Why the record is not the one this head was signed for, a sentence marked for translation; "" when it is."""
    if not is_signed(head.said(), head.signature, head.key):
        return _("The signature of this head is not right: it was changed.")
    if not SigningKey.knows(head.key):
        return _("This head was signed by another installation.")
    entry = AuditEntry.objects.filter(number=head.number).first()
    pruned_to = (RecordHead.objects.first() or RecordHead()).pruned_to
    if entry is None and 0 < head.number <= pruned_to:
        return ""
    if head.number and (entry is None or entry.hash != head.hash):
        said = _("Entry %(number)s is not the one this head was signed for: the record was rewritten.")
        return Message(said, number=str(head.number))
    return ""


def check_record() -> Break | None:
    """Prove the whole chain and keep how it was found; where it holds, say so in it and keep the signed head in the
    data folder. The first break, if any; administrators are told of it once."""
    found = first_break() or _unlike_the_last()
    if found is None:
        head = signed_head()
        said = {"entries": head.number, "hash": head.hash, "signature": head.signature, "key": head.key}
        record("checked_record", after=said)
        _keep(head)
    with transaction.atomic():
        kept = RecordHead.objects.select_for_update().first()
        if found and kept and kept.broken_number != found.number:
            Notification.tell(Person.objects.all(), "record_broken")
        RecordHead.objects.update(checked_at=now(), broken_number=found.number if found else None)
    return found


def _kept() -> Path:
    """Where the head of the last proof lies."""
    return settings.DATA_DIR / "record" / "head.json"


def _keep(head: SignedHead) -> None:
    """As a whole or not at all: of half a head nothing could be said."""
    folder = _kept().parent
    folder.mkdir(mode=0o700, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix=".writing-", delete=False) as file:
        file.write(head.to_json())
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(_kept())


def _unlike_the_last() -> Break | None:
    """Where the record is not the one that was proved last. A head whose key is unknown says so too: whoever may cut
    the record short may delete the key as well. Who restores another database sets the head aside."""
    try:
        head = SignedHead.from_json(_kept().read_bytes())
    except (OSError, ValueError):
        return None
    problem = problem_with(head)
    return Break(head.number, str(problem)) if problem else None


def set_kept_head_aside() -> None:
    """Keep the head of the last proof under another name: somebody has restored an older database."""
    if _kept().exists():
        _kept().rename(_kept().with_name(f"head-{timezone.now():%Y%m%d-%H%M%S}.json"))


def check_if_asked() -> None:
    """Prove the chain if somebody asked for it since it was last proved."""
    head = RecordHead.objects.first()
    if head is not None and head.is_check_due:
        check_record()


def _texts(head: SignedHead) -> list[object]:
    return [value for name, value in asdict(head).items() if name != "number"]
