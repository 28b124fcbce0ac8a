"""Why a price is refused, also where the database says it: at the same moment somebody else wrote another."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from o2c.core.refusals import Refused


class PriceRefused(Refused):
    """The price, list or contract cannot be so; the text says why, `field` where."""


MEANS = {
    "list_price_one_at_a_time": ("A price stands on some of these days already.", "valid_from"),
    "contract_price_one_at_a_time": ("A price stands on some of these days already.", "valid_from"),
    "contract_price_of_one_contract": (
        "Another contract of the customer prices it on some of these days.",
        "",
    ),
    "price_choice_one_at_a_time": ("The customer buys by a list on some of these days already.", "valid_from"),
    "price_list_once": ("There is a list of this code already.", "code"),
    "price_list_default_once": ("Another list is the default one of this currency.", "is_default"),
    "contract_once": ("There is a contract of this number already.", "number"),
}


@contextmanager
def by_the_database() -> Iterator[None]:
    """What the database refuses is refused in words, and nothing of it stays. Raises PriceRefused."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        means = MEANS.get(getattr(getattr(error.__cause__, "diag", None), "constraint_name", None))
        if means is None:
            raise
        raise PriceRefused(*means) from None
