"""`manage.py reread`: what the reader of today makes of kept answers, and who takes it up."""

from __future__ import annotations

import base64
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from generations.models import AuditEntry, Generation
from generations.models.key import now
from tests.support.cast import Cast, change, make_attempt, make_batch, make_failed, make_png

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date().isoformat()


def failed(cast: Cast, answer: bytes, kind: str = "no_image") -> Generation:
    """A generation that failed when a former reader found nothing in this answer."""
    generation = make_batch(cast.ana).generations.get()
    make_attempt(generation, answer=answer, kind=kind, charged="yes")
    change(generation, state="failed", kind=kind, charged="yes", finished_at=now())
    return generation


def reread(*options: str) -> str:
    out = io.StringIO()
    call_command("reread", "--since", TODAY, *options, stdout=out)
    return out.getvalue()


def test_it_says_what_it_finds_otherwise_and_changes_nothing_until_told(cast: Cast) -> None:
    picture = base64.b64encode(make_png()).decode()
    said = {"choices": [{"message": {"role": "assistant", "content": f"![x](data:image/png;base64,{picture})"}}]}
    drawn = failed(cast, json.dumps(said).encode())
    without = failed(cast, b'{"choices": [{"message": {"role": "assistant", "content": "No."}}]}', "no_image")
    Generation.objects.filter(pk=without.pk).update(kind=reread_kind(without))
    make_failed(cast.ana, kind="no_image")
    report = reread()
    assert f"{drawn.key}: no_image → pictures" in report and "1 otherwise" in report
    assert without.key not in report and "Repeat with --apply" in report
    assert Generation.objects.get(pk=drawn.pk).state == "failed" and not AuditEntry.objects.exists()
    assert "1 taken up" in reread("--apply")
    drawn.refresh_from_db()
    assert (drawn.state, drawn.needs_call and drawn.may_call, drawn.notify_at) == ("queued", False, None)
    assert AuditEntry.objects.get(verb="reread").after["taken up"] == 1
    assert "otherwise" not in reread("--apply")


def reread_kind(generation: Generation) -> str:
    """What the reader calls this failure today."""
    line = next(line for line in reread().splitlines() if generation.key in line) if generation.key in reread() else ""
    return line.rpartition("→ ")[2] or generation.kind


@pytest.mark.parametrize("day", ["", "soon", "2026-13-45", "\0"])
def test_what_is_no_day_is_refused(db: None, day: str) -> None:
    with pytest.raises(CommandError, match="is not a day"):
        call_command("reread", "--since", day)
