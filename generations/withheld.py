"""What of a call stays out where it is given to somebody: words of earlier prompts that are not theirs to read, and
pictures whose originals are not for them.

Whoever may send a call again has all of it. For others each message before the prompt stays only if it says what they
may read anyway; in place of any other stands a mark with the sha256 of its words. A picture's base64 is replaced as it
is in the kept body, by a marker with its sha256. All other bytes stay as they are, and the sha256 of the whole is
given, so that whoever has what was left out can put it back and prove that this was the call.

What was answered, an error as well as a remark, may repeat such words. Where it does it is not shown: in a pack, on a
page and in what a page fetches alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.utils.translation import gettext

from generations import rights
from generations.errors import NotStored
from generations.history import Words, words_of_lines
from generations.models import Attempt, Batch, Generation, Image, StoredFile
from generations.protocol.externalize import externalize
from generations.quoting import Phrases
from generations.viewer import Viewer

MESSAGE, PICTURE, ALL = "message", "picture", "all"


@dataclass(frozen=True)
class LeftOut:
    """One thing that stays out. `what` is MESSAGE, PICTURE or ALL; `sha256` is of its words, its file, or the whole
    body; `place` is the number of the message, from 1."""

    what: str
    sha256: str
    place: int = 0


@dataclass(frozen=True)
class Body:
    """A request or an answer as somebody may have it; None: not at all. `sha256` and `size` are of the exact bytes."""

    data: bytes | None
    sha256: str
    size: int
    left_out: tuple[LeftOut, ...] = ()


class Withheld:
    """What of the calls of a generation, whose picture the viewer may see, stays out for them."""

    def __init__(self, viewer: Viewer, generation: Generation) -> None:
        self.viewer, self.generation = viewer, generation
        self.is_whole = rights.retry_generation.allows(viewer, generation)
        self._phrases: dict[int, Phrases | None] = {}

    def request(self, attempt: Attempt) -> Body:
        """The body as it was sent. Raises NotStored."""
        exact = attempt.request_bytes()
        if not exact or (self.is_whole and not self._references[False]):
            return _exactly(exact)
        said = (exact, []) if self.is_whole else _without_words(exact, self._words.readable)
        if said is None:
            return _nothing_of(exact)
        data, messages = said
        return self._without_pictures(exact, data, attempt, [left for left, _text in messages])

    def answer(self, attempt: Attempt) -> Body:
        """The body as it came: not at all where it repeats words that stay out of the request, and without references
        that wait. Raises NotStored."""
        exact = attempt.answer_bytes()
        if not exact or (self.is_whole and not self._references[False]):
            return _exactly(exact)
        as_kept = bytes(attempt.answer or b"") or exact  # without the base64, in which any short word may be found
        if not self.shows(attempt, as_kept.decode("utf-8", "replace")):
            return _nothing_of(exact)
        return self._without_pictures(exact, exact, attempt, [])

    def may_save_answer(self, attempt: Attempt) -> bool:
        """Whether they may have the answer byte for byte. One that the storage does not give says so when it is asked
        for."""
        try:
            return self.is_whole and not (self._references[False] and self.answer(attempt).left_out)
        except NotStored:
            return True

    def kept_request(self, attempt: Attempt) -> bytes:
        """The request as it is kept, with markers for its pictures, for a page; empty where no part can be given."""
        kept = bytes(attempt.request)
        if self.is_whole or not kept:
            return kept
        said = _without_words(kept, self._words.readable, is_exact=False)
        return said[0] if said else b""

    def shows(self, attempt: Attempt, text: str) -> bool:
        """Whether what was answered to this call repeats no words that stay out."""
        if self.is_whole or not text:
            return True
        if attempt.pk not in self._phrases:
            self._phrases[attempt.pk] = _unreadable(self.generation.batch, [bytes(attempt.request)], self._words)
        phrases = self._phrases[attempt.pk]
        return phrases is not None and not phrases.are_in(text)

    def shown(self, attempt: Attempt, text: str) -> str:
        """The text, or the sentence that stands in its place."""
        return text if self.shows(attempt, text) else said_instead()

    @cached_property
    def _words(self) -> Words:
        return words_of_lines(self.viewer, [self.generation.batch])(self.generation.batch)

    @cached_property
    def _references(self) -> dict[bool, set[str]]:
        """The files of the references that went along, with their copies, by whether the viewer may have them. Of what
        they may send again only those stay out that wait for an approval."""
        files: dict[bool, set[str]] = {True: set(), False: set()}
        references = self.generation.batch.references
        rule = rights.carry_image if self.is_whole else rights.prove_original
        theirs = set(rule.of(self.viewer, references.all()).values_list("pk", flat=True))
        for image in references.prefetch_related("reduced_copies"):
            copies = {image.file_id, image.clean_file_id, *(copy.file_id for copy in image.reduced_copies.all())}
            files[image.pk in theirs] |= {file for file in copies if file}
        drawn = Image.objects.filter(generation=self.generation).values_list("file", flat=True)
        files[False] -= files[True] | set(drawn)
        return files

    def _without_pictures(self, exact: bytes, data: bytes, attempt: Attempt, left_out: list[LeftOut]) -> Body:
        """The body with the base64 of what is not for the viewer replaced by markers."""
        unknown = set() if self.is_whole else attempt.pictures_sent() - self._references[True]
        hidden = self._references[False] | unknown
        pictures = dict(_bytes_of(hidden))
        without = externalize(data, pictures) if pictures else data
        gone = [LeftOut(PICTURE, sha256) for sha256 in sorted(pictures) if f"⟦picture {sha256} ".encode() in without]
        if not gone:  # nothing was replaced, and what looks like a marker stays as it was written
            without = data
        return Body(without, hashlib.sha256(exact).hexdigest(), len(exact), (*left_out, *gone))


class Sayings:
    """What models and providers said of generations that the viewer may see: four queries for any number of them, none
    where nothing can repeat what the viewer may not read."""

    def __init__(self, viewer: Viewer, generations: Iterable[Generation]) -> None:
        self.viewer = viewer
        self.asked = {
            generation.pk: generation
            for generation in generations
            if _quotes(generation.batch) and not rights.retry_generation.allows(viewer, generation)
        }

    def shows(self, generation: Generation, text: str) -> bool:
        """Whether the text, which was answered to one of its calls, repeats no words that stay out."""
        if generation.pk not in self.asked or not text.strip():
            return True
        phrases = self._phrases[generation.pk]
        return phrases is not None and not phrases.are_in(text)

    def shown(self, generation: Generation, text: str) -> str:
        """The text, or the sentence that stands in its place."""
        return text if self.shows(generation, text) else said_instead()

    @cached_property
    def _phrases(self) -> dict[int, Phrases | None]:
        """What none of them may repeat, by the number of the generation."""
        words = words_of_lines(self.viewer, [generation.batch for generation in self.asked.values()])
        sent: dict[int, list[bytes]] = {number: [] for number in self.asked}
        for number, request in Attempt.objects.filter(generation__in=sent).values_list("generation", "request"):
            sent[number].append(bytes(request))
        make = cache(Phrases.of)  # the generations of a batch sent the same words
        return {
            number: _unreadable(generation.batch, sent[number], words(generation.batch), make)
            for number, generation in self.asked.items()
        }


def said_instead() -> str:
    """What stands in place of a text that repeats what is not for who looks."""
    return gettext("The response repeats an earlier prompt that is not shown to you.")


def _quotes(batch: Batch) -> bool:
    """Whether its calls may repeat earlier prompts."""
    return batch.derivation != Batch.Derivation.REFER and bool(batch.derivation or batch.parent_id)


def _unreadable(
    batch: Batch,
    requests: Iterable[bytes],
    words: Words,
    make: Callable[[frozenset[str], frozenset[str]], Phrases] = Phrases.of,
) -> Phrases | None:
    """What no answer to these requests may repeat; None where that is not known. Of a request that was cleared that is
    what its line says and the viewer may not read."""
    texts: set[str] = set()
    for request in requests:
        if request:
            said = _without_words(request, words.readable, is_exact=False)
            if said is None:
                return None
            texts |= {text for _left, text in said[1]}
        elif _quotes(batch):
            if not batch.parent_id:
                return None
            texts |= words.hidden
    return make(frozenset(texts), frozenset({*words.readable, batch.prompt}))


def _exactly(data: bytes) -> Body:
    return Body(data, hashlib.sha256(data).hexdigest(), len(data))


def _nothing_of(data: bytes) -> Body:
    sha256 = hashlib.sha256(data).hexdigest()
    return Body(None, sha256, len(data), (LeftOut(ALL, sha256),))


def _without_words(
    body: bytes, readable: set[str], *, is_exact: bool = True
) -> tuple[bytes, list[tuple[LeftOut, str]]] | None:
    """A request with a mark in place of each message before the last that says something else than this, and what these
    said. None for what cannot be read; also, where it must be exact, for what is not written again byte for byte."""
    try:
        said: Any = json.loads(body)
        messages, again = said["messages"], _written(said)
        if not isinstance(messages, list):
            return None
        left_out = list(_marked(messages[:-1], readable))
        if left_out and is_exact and again != body:
            return None
        return _written(said) if left_out else body, left_out
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _marked(messages: Iterable[Any], readable: set[str]) -> Iterator[tuple[LeftOut, str]]:
    for place, message in enumerate(messages, 1):
        content = message["content"]
        if content is None or content in ("", *readable):
            continue
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        message["content"] = f"[left out: sha256 {sha256}]"
        yield LeftOut(MESSAGE, sha256, place), text


def _written(said: Any) -> bytes:
    """As `Request.to_json` writes it."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _bytes_of(hashes: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The bytes of those of these files that are kept; one that the storage has lost is in no body either."""
    for file in StoredFile.objects.filter(pk__in=list(hashes)):
        try:
            yield file.sha256, file.bytes()
        except NotStored:
            continue
