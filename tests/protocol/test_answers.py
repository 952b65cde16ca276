"""Every recorded answer, and every one made up in its likeness, is read as its file expects."""

import json
from pathlib import Path
from typing import Any

import pytest

from generations.protocol.classification import classify
from generations.protocol.exchange import Exchange
from generations.protocol.response import read

FOLDER = Path(__file__).parent / "answers"
INVENTED = Path(__file__).parent / "answers_invented"


def kept(folder: Path) -> list[Any]:
    return [pytest.param(json.loads(path.read_text()), id=path.stem) for path in sorted(folder.glob("*.json"))]


def body_of(record: dict[str, Any]) -> bytes:
    if "sse" in record:
        return "\n".join(record["sse"]).encode()
    body = record["body"]
    return body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()


def collapsed(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"text": " ".join(answer["text"].split()) if answer["text"] else None}


@pytest.mark.parametrize("record", [*kept(FOLDER), *kept(INVENTED)])
def test_an_answer_is_read_as_expected(record: dict[str, Any]) -> None:
    request = json.dumps(record["request"]).encode() if "request" in record else None
    answer = read(body_of(record), status=record["http_status"], headers=record["headers"], request=request)
    assert collapsed(answer.as_json()) == collapsed(record["expected"])


@pytest.mark.parametrize("record", [param for param in kept(FOLDER) if "verdict" in param.values[0]])
def test_what_follows_from_an_answer_is_as_expected(record: dict[str, Any]) -> None:
    body, status, headers = body_of(record), record["http_status"], record["headers"]
    exchange = Exchange("POST", "https://gateway.example/v1", status=status, headers=headers, body=body, ended=True)
    found = classify(exchange, read(body, status=status, headers=headers), model=record.get("model", ""))
    assert found.as_json() == found.as_json() | record["verdict"]
