import pytest

from tests.invoicing.direct_debit.given import Debits


@pytest.fixture
def debits(given) -> Debits:
    return Debits(given)
