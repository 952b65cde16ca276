"""One of several processes that write to one database as fast as they can: `python -m tests.support.writers 20`."""

import sys

import django

django.setup()

from generations import tasks  # noqa: E402
from generations.models import Generation, ProviderModel, Worker  # noqa: E402
from tests.support.orders import ask  # noqa: E402


def main() -> None:
    tasks.generate.delay = lambda pk: None
    worker = Worker(name=tasks.worker.name, slots=1)
    model = ProviderModel.objects.get()
    for number in range(int(sys.argv[1])):
        ask(f"{number} hills", model)
        generation = None
        while generation is None:  # another writer may have taken the one that was seen
            generation = Generation.objects.claim_next(worker)
        generation.open_attempt(url="", request=b"{}")
        assert generation.succeed()
        worker.beat()


if __name__ == "__main__":
    main()
