"""One of several processes that write to one database as fast as they can: `python -m tests.support.writers 20`."""

import sys

import django

django.setup()

from generations import notify, worker  # noqa: E402
from generations.models import ProviderModel, Worker, queue  # noqa: E402
from generations.protocol.embedding import Body  # noqa: E402
from tests.support.orders import ask  # noqa: E402


def main() -> None:
    notify.send = lambda pk: None
    mine = Worker(name=worker.process.name, slots=1)
    model = ProviderModel.objects.get()
    for number in range(int(sys.argv[1])):
        ask(f"{number} hills", model)
        generation = None
        while generation is None:  # another writer may have taken the one that was seen
            generation = queue.claim_next(mine)
        generation.open_attempt(url="", request=Body(b"{}", b"{}"))
        assert generation.succeed()
        mine.heartbeat()


if __name__ == "__main__":
    main()
