"""Text from outside: its length is checked first, then its characters, then it is normalised; the same rule everywhere.

`unicodedata.normalize` sorts each run of combining marks by insertion, in time quadratic in the length of the run and
with the interpreter's lock held. So runs are bounded before anything is normalised: at 30 marks, the limit of the
Stream-Safe Text Format (UAX #15, section 13), which no written language comes near.
"""

from __future__ import annotations

import re
import unicodedata

from generations.translatable import Message

TEXT = Message("text")
MAX_MARKS = 30
DECOMPOSED_TO_MARKS = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")
"""Characters that are no combining marks by their own class but decompose into nothing else."""
_SURROGATE = re.compile("[\ud800-\udfff]")


class BadText(ValueError):
    """A text that is refused; `sentence` is for the person who sent it, translated where it is shown."""

    def __init__(self, sentence: Message) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def check_text(text: str, max_length: int, what: str = TEXT) -> None:
    """Raise BadText for more than `max_length` characters, a NUL character, a lone surrogate, or more than MAX_MARKS
    combining marks in a row. `what` names the text in the sentence, such as Message("prompt"). Takes time
    linear in `max_length`."""
    if len(text) > max_length:
        raise BadText(
            Message(
                "The %(what)s may have at most %(max)s characters; it has %(length)s.",
                what=what,
                max=max_length,
                length=len(text),
            )
        )
    if "\0" in text:
        raise BadText(Message("The %(what)s contains a NUL character. Remove it and send again.", what=what))
    if _SURROGATE.search(text):
        raise BadText(Message("The %(what)s contains half a character. Type it again and send.", what=what))
    if len(with_few_marks(text)) < len(text):
        raise BadText(
            Message(
                "The %(what)s contains a letter with more than %(max)s accents. Remove some and send again.",
                what=what,
                max=MAX_MARKS,
            )
        )


def clean_text(text: str, max_length: int, what: str = TEXT) -> str:
    """The text in NFC, stripped. Raises BadText as `check_text` does, by the length before it is stripped."""
    check_text(text, max_length, what)
    return unicodedata.normalize("NFC", text).strip()


def tidy(text: str, max_length: int) -> str:
    """At most `max_length` characters of a text that nobody typed, such as a file name, in NFC, without the characters
    that `check_text` refuses."""
    return unicodedata.normalize("NFC", with_few_marks(_SURROGATE.sub("", text[:max_length].replace("\0", ""))))[
        :max_length
    ]


def tidy_line(text: str, max_length: int) -> str:
    """As `tidy`, in one line, without white space around it and with one space for any within."""
    return " ".join(tidy(text, max_length).split())


def number_in(text: str, digits: int) -> int | None:
    """The whole number that an address or a form says in at most so many digits; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def initials_of(name: str) -> str:
    """At most two letters for the avatar."""
    return "".join(word[0] for word in name.split()[:2]).upper()


def casefold(text: str) -> str:
    """The search form of a text, in which Café, CAFÉ and ＣＡＦÉ are equal: NFKC, casefolded, white space collapsed.

    Marks beyond MAX_MARKS in a row are dropped, so the time is linear for any text, also for one stored before the
    limit."""
    lowered = unicodedata.normalize("NFKC", with_few_marks(text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", with_few_marks(lowered)).split())


def with_few_marks(text: str) -> str:
    """The text with at most MAX_MARKS combining marks in each run."""
    if text.isascii():
        return text
    kept, run = [], 0
    for char in text:
        run = run + 1 if is_mark(char) else 0
        if run <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def is_mark(char: str) -> bool:
    """Whether the decomposition of a character begins with a combining mark, so that it prolongs a run of them."""
    return unicodedata.combining(char) != 0 or char in DECOMPOSED_TO_MARKS
