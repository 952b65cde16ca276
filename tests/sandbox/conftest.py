from collections.abc import Iterator

import httpx
import pytest

from generations.sandbox.app import Sandbox


@pytest.fixture
def sandbox() -> Iterator[httpx.Client]:
    transport = httpx.WSGITransport(Sandbox(pace=0))
    with httpx.Client(
        transport=transport, base_url="http://sandbox.local", headers={"Authorization": "Bearer sk-1234567890abcd"}
    ) as client:
        yield client
