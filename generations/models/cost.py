"""What a generation cost."""

from __future__ import annotations

from decimal import Decimal

from generations.errors import Charged

FREE = Decimal()


def cost_of(price: Decimal | None, charged: Charged, *, pictures: int, billed_calls: int) -> Decimal | None:
    """US dollars that a generation cost when it ended; None while that is not known. It is written into its row by the
    verb that ends it, and never worked out again from a later price.

    `price` is the one a picture had when it was submitted, `pictures` counts those delivered, and `billed_calls` the
    calls that were or may have been charged.

    - A price of 0 costs 0, however it ended.
    - Nothing was charged: 0, also where the price is not known.
    - Charged for one call that delivered pictures: the price of each of them, also of those deleted later.
    - Otherwise nobody here knows: it may have been charged; it was charged for an answer without a picture, which no
      price a picture tells; several calls may have been charged; or there was no price."""
    if price == FREE:
        return FREE
    if charged == "no" and not billed_calls:
        return FREE
    if price is None or charged != "yes" or billed_calls > 1 or not pictures:
        return None
    return price * pictures
