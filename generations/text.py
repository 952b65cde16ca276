"""Text from outside: measured first, then judged, then normalised, by the same rule at every door.

`unicodedata.normalize` sorts the combining marks of a run by insertion, in time that grows with the square of its
length and with the interpreter's lock held. So a run is bounded before anything is normalised: at 30 marks, the bound
of the Stream-Safe Text Format (UAX #15, section 13), which no written language comes near.
"""

from __future__ import annotations

import re
import unicodedata

MAX_MARKS = 30
DECOMPOSED_TO_MARKS = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")
"""Signs that are no combining marks by their own class, and decompose into nothing but marks."""
_HALF = re.compile("[\ud800-\udfff]")


class BadText(ValueError):
    """A text that is not taken; `str` is a sentence for the person who sent it."""


def check_text(text: str, longest: int, what: str = "text") -> None:
    """Raise BadText for more than `longest` characters, NUL, half a surrogate pair, or more than MAX_MARKS marks in a
    row. `what` names it in the sentence, such as "prompt". Takes time linear in `longest`, whatever it is given."""
    if len(text) > longest:
        article = "An" if what[0] in "aeiou" else "A"
        raise BadText(f"{article} {what} has at most {longest:,} characters; this {what} has {len(text):,}.")
    if "\0" in text:
        raise BadText(f"The {what} holds a NUL character. Remove it and send again.")
    if _HALF.search(text):
        raise BadText(f"The {what} holds half a character. Type it again and send.")
    if len(with_few_marks(text)) < len(text):
        raise BadText(f"The {what} holds a letter with more than {MAX_MARKS} accents. Remove some and send again.")


def clean_text(text: str, longest: int, what: str = "text") -> str:
    """The text in NFC without outer white space. Raises BadText as `check_text` does, by the length it came with."""
    check_text(text, longest, what)
    return unicodedata.normalize("NFC", text).strip()


def tidy(text: str, longest: int) -> str:
    """The beginning of a text that nobody typed, such as a file's name, in NFC: what `check_text` refuses is left
    out."""
    return unicodedata.normalize("NFC", with_few_marks(_HALF.sub("", text[:longest].replace("\0", ""))))[:longest]


def fold(text: str) -> str:
    """Café, CAFÉ and ＣＡＦÉ become the same; white space becomes single spaces. Marks beyond MAX_MARKS in a row are
    dropped, so that any text is folded in time linear in its length, also one that was stored before it was judged."""
    lowered = unicodedata.normalize("NFKC", with_few_marks(text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", with_few_marks(lowered)).split())


def with_few_marks(text: str) -> str:
    """The text without the marks of each run that go beyond MAX_MARKS."""
    if text.isascii():
        return text
    kept, run = [], 0
    for sign in text:
        run = run + 1 if is_mark(sign) else 0
        if run <= MAX_MARKS:
            kept.append(sign)
    return "".join(kept)


def is_mark(sign: str) -> bool:
    """Whether a sign's decomposition begins with a combining mark, so that it prolongs a run of them."""
    return unicodedata.combining(sign) != 0 or sign in DECOMPOSED_TO_MARKS
