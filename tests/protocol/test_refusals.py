"""Refusals of many gateways in many languages, made up in the likeness of those seen: `refusals.json` has one a line,
with whom it comes from and what follows from it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.test_work import classified

REFUSALS = json.loads((Path(__file__).parent / "refusals.json").read_text())


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal["from"])
def test_what_follows_from_a_refusal(refusal: dict[str, Any]) -> None:
    body = refusal["body"].encode() if isinstance(refusal["body"], str) else refusal["body"]
    found = classified(body, refusal["status"], refusal.get("headers")).as_json()
    assert found == found | {name: refusal[name] for name in ("kind", "charged", "scope") if name in refusal}
