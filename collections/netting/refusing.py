"""Why a netting or an agreement is refused, also where the database says it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from o2c.invoicing.cash import CashRefused


class NettingRefused(CashRefused):
    """It cannot be agreed or netted so; the text says why, `field` where."""

    def __init__(self, why: str, field: str = ""):
        super().__init__(why)
        self.field = field


@contextmanager
def by_the_database() -> Iterator[None]:
    """Two agreements for one day are refused in words, and nothing of the second stays. Raises NettingRefused."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name != "netting_agreement_one_at_a_time":
            raise
        raise NettingRefused("Another agreement counts on some of these days already.", "since") from None
