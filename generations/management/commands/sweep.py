"""`manage.py sweep`: by hand what the workers do by themselves, and what nobody is in a hurry for."""

from django.core.management.base import BaseCommand

from generations import reconcile
from generations.models import Generation, queue
from generations.notify import notify


class Command(BaseCommand):
    help = "Take back what fell silent, end what waited too long, ring for what waits, remove what nothing refers to."

    def handle(self, *args: object, **options: object) -> None:
        self.report(queue.take_back(), "settled after their worker fell silent")
        self.report(queue.give_up_old(), "ended after waiting past their deadline")
        self.report(ring_waiting(), "rung for")
        self.report(reconcile.drop_unused(), "files removed that nothing referred to")
        self.report(reconcile.remove_strays(), "half-written files removed")

    def report(self, count: int, what: str) -> None:
        """One line of the figures."""
        self.stdout.write(f"{count:>6}  {what}")


def ring_waiting() -> int:
    """Ring for every due generation whose bell may be lost; how many bells the broker took."""
    waiting = list(Generation.objects.unheard().order_by("pk"))
    notify(waiting)
    unheard = set(Generation.objects.unheard().values_list("pk", flat=True))
    return sum(generation.pk not in unheard for generation in waiting)
