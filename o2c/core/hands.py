"""Threads that help with work that the database does: each with a connection of its own, as the same act."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context

from django.db import connections


@contextmanager
def helping(hands: int, work: Callable[[], object]) -> Iterator[None]:
    """So many threads do the work beside the caller's own block, and are waited for; what one of them raises is raised.

    What they do is noted as coming from where the caller's acts come from. Nothing of the caller's transaction is seen
    by them: call it outside of one.
    """
    with ThreadPoolExecutor(max(hands, 1)) as pool:
        begun = [pool.submit(copy_context().run, _apart, work) for _ in range(hands)]
        yield
        for each in begun:
            each.result()


def _apart(work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        connections.close_all()
