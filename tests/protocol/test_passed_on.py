"""An error that a gateway passes on from the provider behind it says nothing about our account at the gateway."""

import json
from typing import Any

import pytest

from generations import errors
from tests.protocol.test_work import classified

QUOTA = {"message": "You exceeded your current quota", "type": "insufficient_quota", "code": "insufficient_quota"}
METADATA: dict[str, Any] = {
    "an error as JSON": {"raw": json.dumps({"error": QUOTA}), "provider_name": "OpenAI"},
    "an error as an object": {"raw": {"error": QUOTA}},
    "its account": {"raw": "Your account has been suspended", "provider_name": "OpenAI"},
    "its name alone": {"provider_name": "OpenAI"},
}


@pytest.mark.parametrize("status", [502, 200])
@pytest.mark.parametrize("name", METADATA)
def test_the_credit_of_a_gateway_at_its_provider_is_not_ours(name: str, status: int) -> None:
    message = "Insufficient credits" if name == "its name alone" else "Provider returned error"
    found = classified({"error": {"message": message, "code": 502, "metadata": METADATA[name]}}, status)
    assert (type(found.error), found.scope, found.charged) == (errors.UpstreamFailed, "call", "maybe")


@pytest.mark.parametrize("status", [402, 403])
def test_a_refusal_by_status_is_ours_whoever_words_it(status: int) -> None:
    metadata = METADATA["an error as JSON"]
    found = classified({"error": {"message": "Provider returned error", "code": status, "metadata": metadata}}, status)
    assert (type(found.error), found.scope) == (errors.QuotaExhausted, "provider")
