from tests.imports.files_given import load  # noqa: F401 the fixture
from tests.invoicing.invoices.conftest import invoicing  # noqa: F401 the fixture
