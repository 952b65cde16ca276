"""`manage.py sweep`: by hand what the workers do by themselves, and what nobody is in a hurry for."""

from generations import reconcile
from generations.management.operator import OperatorCommand
from generations.models import Generation, queue
from generations.notify import notify


class Command(OperatorCommand):
    help = (
        "Reclaim lapsed claims, end what waited too long, notify workers of what waits, remove what nothing refers to."
    )

    def handle(self, *args: object, **options: object) -> None:
        self.report(queue.reclaim_lapsed(), "reclaimed after their worker was lost")
        self.report(queue.expire_overdue(), "ended after waiting past their deadline")
        self.report(notify_waiting(), "notified")
        self.report(reconcile.drop_unused(), "files removed that nothing referred to")
        self.report(reconcile.remove_strays(), "half-written files removed")

    def report(self, count: int, what: str) -> None:
        """One line of the figures."""
        self.stdout.write(f"{count:>6}  {what}")


def notify_waiting() -> int:
    """Notify a worker of every due generation whose message may be lost; how many messages the broker took."""
    waiting = list(Generation.objects.due_for_notify().order_by("pk"))
    notify(waiting)
    left = set(Generation.objects.due_for_notify().values_list("pk", flat=True))
    return sum(generation.pk not in left for generation in waiting)
