"""Pictures, references, errors and tasks where few gateways put them: each kind has a table."""

from typing import Any

import pytest

from generations.protocol.classification import classify
from generations.protocol.exchange import Exchange
from generations.protocol.response import read
from tests.protocol.test_mixtures import as_body, said, seen

HERE = "https://cdn.example/f/abc123"
THERE = "https://cdn.example/f/def456"
Case = tuple[Any, list[str], str | None]


def check(body: Any, images: list[str], text: str | None, *, request: Any = None, status: int = 200) -> None:
    sent = None if request is None else as_body(request)
    answer = read(as_body(body), status=status, request=sent, base_url="https://gw.example/v1")
    assert seen(answer) == images
    assert (" ".join(answer.text.split()) if answer.text else None) == text


def kind_of(body: Any, status: int = 200) -> tuple[str, str | None]:
    exchange = Exchange("POST", "u", status=status, body=as_body(body), ended=True)
    found = classify(exchange, read(exchange.body, status=status))
    return found.kind, found.task_id


RELATIVE: dict[str, Case] = {
    "a file's name": (said(f"![x]({HERE})", images=["image.png"]), [HERE], None),
    "a path on the gateway's disk": (said(f"![x]({HERE})", images=[{"url": "/tmp/out/1.png"}]), [HERE], None),
    "a name and no other address": (said("Done", images=["image.png"]), ["https://gw.example/v1/image.png"], "Done"),
    "a path and a plain link": (said(f"See {HERE}.png", images=["/f/1.png"]), ["https://gw.example/f/1.png"], "See"),
    "two paths, one to its root": (
        said("![x](/f/1) ![y](f/2.png)"),
        [f"https://gw.example/{p}" for p in ("f/1", "v1/f/2.png")],
        None,
    ),
}


@pytest.mark.parametrize("name", RELATIVE)
def test_a_relative_address_says_less_than_an_absolute_one(name: str) -> None:
    check(*RELATIVE[name])
