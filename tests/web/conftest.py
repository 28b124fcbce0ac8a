"""What the tests of pages share."""

import pytest


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hashing slowly is Django's affair; hundreds of users made here need not wait for it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
