"""`manage.py read_answer`, from a file, from standard input, and with mistakes."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

REFERENCE = "https://example.com/reference.png"
BODY = json.dumps(
    {
        "choices": [
            {"message": {"content": f"![a]({REFERENCE}) ![b](/made.png)"}, "finish_reason": "stop"},
        ]
    }
).encode()


def printed(*arguments: str) -> dict[str, object]:
    out = io.StringIO()
    call_command("read_answer", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_a_file_is_read_without_a_database(tmp_path: Path) -> None:
    file, request = tmp_path / "body", tmp_path / "request"
    file.write_bytes(BODY)
    request.write_bytes(json.dumps({"model": "m", "messages": [{"role": "user", "content": REFERENCE}]}).encode())
    answer = printed(str(file), "--request", str(request), "--base-url", "https://gateway.example/v1", "--stream")
    assert list(answer) == ["outcome", "images", "text", "progress", "error", "retryable", "verdict"]
    assert answer["images"] == [{"kind": "url", "value": "https://gateway.example/made.png"}]


def test_standard_input_status_and_headers_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"busy")))
    answer = printed("-", "--status", "429", "--header", "Retry-After: 3")
    assert answer["outcome"] == "error"
    assert answer["retryable"] is True
    assert answer["verdict"] == {
        "kind": "rate_limited", "charged": "no", "scope": "provider", "turn": "wait", "repeats": True, "task_id": None
    }  # fmt: skip


def test_a_missing_file_is_a_sentence() -> None:
    with pytest.raises(CommandError, match=r"nowhere cannot be read: No such file"):
        call_command("read_answer", "nowhere")


def test_a_header_without_a_colon_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BODY)
    with pytest.raises(CommandError, match="is not a header"):
        call_command("read_answer", str(tmp_path / "body"), "--header", "nonsense")
