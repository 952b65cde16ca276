"""Models come with the notes of the catalogue, and each of these can be translated."""

from __future__ import annotations

import json

from generations.models.adoption import CATALOGUE, NOTES


def test_every_note_of_the_catalogue_is_marked_for_translation() -> None:
    known = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    assert {about["about"] for about in known.values()} == set(NOTES)
