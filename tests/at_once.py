"""Several works in threads of their own that begin together, each with a connection of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def at_once(*works, refusals: tuple[type[Exception], ...] = (Exception,)) -> list:
    """What each work returned, or how it was refused, in their order. Raises what is no refusal."""
    start = threading.Barrier(len(works))

    def run(work):
        try:
            start.wait(timeout=120)
            return work()
        except refusals as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
