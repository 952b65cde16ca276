"""Patterns of the messages and codes of moderators, gateways and providers, by what they mean.

Each phrase was seen in an answer, or is the same phrase in another language. Every repetition is bounded, so no text
makes a search slow.
"""

import re


def any_of(*alternatives: str) -> re.Pattern[str]:
    """A pattern that finds any of the alternatives, in any case."""
    return re.compile("|".join(alternatives), re.IGNORECASE)
