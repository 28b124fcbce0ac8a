from tests.api.conftest import key  # noqa: F401 the fixture
