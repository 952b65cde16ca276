"""What the SECRET_KEY of this installation does not open."""

from __future__ import annotations

from generations.models import Provider
from generations.models.sealed import is_sealed_by_us

COLUMNS = ("sealed_key", "sealed_headers", "sealed_proxy")


def sealed_elsewhere() -> str:
    """A sentence that names the providers whose key, headers or proxy another SECRET_KEY sealed, and what to do; "" if
    there are none."""
    names = [
        provider.name
        for provider in Provider.objects.order_by("name")
        if any(token and not is_sealed_by_us(token) for token in (getattr(provider, column) for column in COLUMNS))
    ]
    if not names:
        return ""
    return (
        f"The keys of {', '.join(names)} were sealed with another SECRET_KEY. "
        "Put that one into SECRET_KEY_FALLBACKS and run reseal, or enter the keys again."
    )
