"""What the tests of pages share."""

import pytest


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hashing slowly is Django's affair; hundreds of users made here need not wait for it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def files_apart(settings, tmp_path):
    """Uploaded files of a test lie in its own folder."""
    settings.MEDIA_ROOT = tmp_path / "files"
