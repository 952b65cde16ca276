"""Acts that begin at the same moment, each on a thread and a database connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE = 120


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each of these returns, or the exception it ended with."""
    results: list[Any] = [None] * len(acts)
    together = threading.Barrier(len(acts))

    def work(place: int, act: Callable[[], Any]) -> None:
        try:
            together.wait(PATIENCE)
            results[place] = act()
        except Exception as error:  # noqa: BLE001
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "an act goes on"
    return results
