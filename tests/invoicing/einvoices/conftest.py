from tests.invoicing.invoices.conftest import invoicing  # noqa: F401 the fixture
