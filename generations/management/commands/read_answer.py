"""`manage.py read_answer FILE`: what the reader makes of a raw answer, as one JSON object. Touches no database."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generations.errors import ReadingStopped
from generations.protocol.classification import classify
from generations.protocol.exchange import Exchange
from generations.protocol.json import read_json
from generations.reader import Reader


class Command(BaseCommand):
    help = "Read a raw answer body and print what it amounts to as one JSON object."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the raw body bytes; - reads standard input")
        parser.add_argument("--status", type=int, default=200, help="the HTTP status of the answer (200)")
        parser.add_argument("--header", action="append", default=[], metavar="'K: V'", help="a header of the answer")
        parser.add_argument("--request", metavar="FILE", help="the request body, for the reference pictures it held")
        parser.add_argument("--base-url", default="", help="what relative addresses are resolved against")
        parser.add_argument(
            "--stream",
            action="store_true",
            help="the request asked for a stream; the body itself decides how it is read",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        body = _bytes_of(options["file"])
        request = _bytes_of(options["request"]) if options["request"] else None
        headers = dict(_header(line) for line in options["header"])
        try:
            answer = Reader(max_body=len(body)).read(
                body,
                status=options["status"],
                headers=headers,
                request=request,
                base_url=options["base_url"],
            )
        except ReadingStopped as stop:
            raise CommandError(f"Reading was stopped. {stop.detail}") from None
        exchange = Exchange(
            "POST", options["base_url"], status=options["status"], headers=headers, body=body, ended=True
        )
        found = classify(exchange, answer, model=_model_in(request) if request else "")
        self.stdout.write(json.dumps({**answer.as_json(), "verdict": found.as_json()}, ensure_ascii=False))


def _bytes_of(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as fault:
        raise CommandError(f"{name} cannot be read: {fault.strerror}.") from None


def _model_in(request: bytes) -> str:
    try:
        document = read_json(request.decode("utf-8", "replace"))
    except ValueError:
        return ""
    return str(document.get("model") or "") if isinstance(document, dict) else ""


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise CommandError(f"“{line}” is not a header; write it as 'Name: value'.")
    return name.strip(), value.strip()
