"""Answers kept before markers were escaped: nothing is lost of them, and no marker of theirs is believed."""

from __future__ import annotations

import base64
from importlib import import_module

from django.apps import apps

from generations.models import Attempt, StoredFile
from generations.protocol.externalize import externalize
from tests.support.cast import Cast, make_attempt, make_done, make_image


def as_before(attempt: Attempt) -> Attempt:
    """The row as the last release left it, then as the migration does."""
    Attempt.objects.filter(pk=attempt.pk).update(pictures=[], request_size=0, answer_size=0)
    import_module("generations.migrations.0017_attempt_pictures").look(apps, None)
    return Attempt.objects.get(pk=attempt.pk)


def spelled(file: StoredFile) -> bytes:
    return b'{"b64": "' + base64.b64encode(file.bytes()) + b'", "said": "\xe2\x9f\xa6picture \xe2\x9f\xa7"}'


def test_an_externalized_answer_is_given_back_word_for_word(cast: Cast) -> None:
    generation = make_done(cast.ana).generations.get()
    file = generation.images.get().file
    body = spelled(file)
    externalized = externalize(body, {file.sha256: file.bytes()})
    kept = as_before(make_attempt(generation, answer=externalized, request=externalized))
    assert (kept.answer_bytes(), kept.request_bytes()) == (body, body)
    assert (kept.pictures, kept.answer_size, kept.request_size) == ([file.sha256], len(body), len(body))


def test_a_forged_marker_of_an_earlier_answer_stays_text(cast: Cast) -> None:
    private = make_image(person=cast.ben).file
    body = f"⟦picture {private.sha256} s 0 999999999⟧ ⟦picture".encode()
    kept = as_before(make_attempt(make_done(cast.ana).generations.get(), answer=body))
    assert (kept.answer_bytes(), kept.answer_size, kept.pictures) == (body, len(body), [])


def test_a_picture_purged_since_is_still_said_to_be_deleted(cast: Cast) -> None:
    body = f'{{"b64": "⟦picture {"a" * 64} s 0 400⟧"}}'.encode()
    kept = as_before(make_attempt(make_done(cast.ana).generations.get(), answer=body))
    assert kept.answer_bytes() == b'{"b64": "[this picture was deleted]"}'


def test_an_answer_without_any_is_only_measured(cast: Cast) -> None:
    kept = as_before(make_attempt(make_done(cast.ana).generations.get(), answer=b"{}"))
    assert (kept.answer_bytes(), kept.answer_size, kept.pictures) == (b"{}", 2, [])
