"""How the installation runs: its workers, what they count, and what it sends: only looked at."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from generations.admin.checked import ReadOnly
from generations.models import Lease, Mail, Notification, RefusalSeen, Reread, Tally, Worker
from generations.translation import translated


@admin.register(Mail)
class MailAdmin(ReadOnly):
    list_display = ["template", "to", "language", "attempts", "run_at", "sent_at", "failed_at", "error"]
    exclude = ["values", "unsubscribe_url", "claim"]


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = ["person", "kind", "count", "told_at", "seen_at", "read_at", "mailed_at"]
    list_select_related = ["person"]
    exclude = ["detail"]


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ["name", "slots", "started_at", "heartbeat_at", "is_stopping", "remark"]

    @admin.display(description=_("remark"))
    def remark(self, worker: Worker) -> str:
        return translated(worker.remark)


@admin.register(Tally)
class TallyAdmin(ReadOnly):
    list_display = ["name", "provider", "model", "label", "amount"]


admin.site.register([Lease, RefusalSeen, Reread], ReadOnly)
