from datetime import date

import pytest

AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="module")
def book(django_db_setup, django_db_blocker):
    """A simulated book that the tests of a module read; it is gone afterwards."""
    from django.db import transaction

    from o2c.web.simulation.agreements import Plan
    from o2c.web.simulation.making import make

    plan = Plan(customers=120, items=4_000, months=18, seed=7, as_of=AS_OF)
    with django_db_blocker.unblock(), transaction.atomic():
        made = make(plan)
        yield plan, made
        transaction.set_rollback(True)
