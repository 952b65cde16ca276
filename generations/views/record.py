"""The record: who did what to what, when. Staff read all of it, a lead what is about their teams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from generations.models import AuditEntry
from generations.models.audit_entry import AuditEntryQuerySet
from generations.models.audit_entry import record as record_entry
from generations.presenters.record import Record
from generations.queries.record import RecordSearch, entries_to_export
from generations.request import PageRequest
from generations.web.files import disposition
from generations.web.manifest import csv_of
from generations.web.methods import require_safe
from generations.web.rendering import render_page

COLUMNS = (
    "number", "time", "actor", "person", "actor_key", "address", "topic", "verb", "object", "object_key", "team",
    "before", "after", "previous", "hash",
)  # fmt: skip


@require_safe
def record(request: PageRequest) -> HttpResponse:
    """A page of entries, with the filters in its address. HTMX gets the entries alone."""
    if not request.viewer.leads:
        raise Http404
    search = RecordSearch.read(request.GET.dict(), request.GET.getlist("what"))
    context = {"section": "record", "record": Record(request.viewer, search)}
    return render_page(request, "record/record.html", context, partial="entries")


@require_POST
def export_record(request: PageRequest) -> StreamingHttpResponse:
    """All entries that are asked for, as CSV or as JSON lines with what their hashes are of; recorded itself."""
    if not request.viewer.leads:
        raise Http404
    search = RecordSearch.read(request.POST.dict(), request.POST.getlist("what"))
    is_csv = request.POST.get("format") == "csv"
    record_entry("exported_record", after={"format": "csv" if is_csv else "jsonl", "topics": list(search.topics)})
    entries = entries_to_export(request.viewer, search)
    response = StreamingHttpResponse(
        as_csv(entries) if is_csv else as_json_lines(entries),
        content_type="text/csv; charset=utf-8" if is_csv else "application/x-ndjson",
    )
    name = f"{timezone.localdate():%Y-%m-%d}_record.{'csv' if is_csv else 'jsonl'}"
    response["Content-Disposition"] = disposition(name, is_attachment=True)
    response["Cache-Control"] = "private, no-store"
    return response


def as_csv(entries: AuditEntryQuerySet) -> Iterator[str]:
    """A table, in which no spreadsheet finds a formula."""
    yield "\ufeff" + csv_of([COLUMNS])
    for entry in entries.in_order():
        yield csv_of([row_of(entry)])


def row_of(entry: AuditEntry) -> list[Any]:
    said = [json.dumps(values) if values else "" for values in (entry.before, entry.after)]
    actor = [entry.actor_kind, entry.actor_id or "", entry.actor_key, entry.address]
    about = [entry.topic, entry.verb, entry.object_kind, entry.object_key, entry.team_id or ""]
    return [entry.number, entry.at.isoformat(), *actor, *about, *said, entry.previous, entry.hash]


def as_json_lines(entries: AuditEntryQuerySet) -> Iterator[str]:
    """A line for each entry: the hash is the sha256 of its `content` in canonical JSON."""
    for entry in entries.in_order():
        said = {"content": entry.content(), "hash": entry.hash, "address": entry.address}
        yield json.dumps(said, separators=(",", ":")) + "\n"
