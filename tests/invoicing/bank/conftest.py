from tests.imports.files_given import load  # noqa: F401 the fixture
