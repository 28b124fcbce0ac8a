"""A kept connection is asked only now and then whether it lives, and a dead one is seen all the same."""

import pytest
from django.db import connection

from o2c.core.database import base


@pytest.fixture
def kept(transactional_db):
    """A connection of its own, as a request finds it."""
    wrapper = connection.copy()
    wrapper.ensure_connection()
    yield wrapper
    wrapper.close()


class Counted:
    """Stands for psycopg2's connection and counts the cursors that are opened on it."""

    def __init__(self, real):
        self.real, self.cursors = real, 0

    def cursor(self, *args, **kwargs):
        self.cursors += 1
        return self.real.cursor(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self.real, name)


def test_one_that_has_answered_is_believed_for_some_seconds(kept):
    kept.connection = Counted(kept.connection)
    assert kept.is_usable()
    assert kept.is_usable()
    assert kept.connection.cursors == 0
    kept._answered_at -= base.BELIEVED
    assert kept.is_usable()
    assert kept.connection.cursors == 1
    assert kept.is_usable()
    assert kept.connection.cursors == 1


def test_one_that_the_server_has_ended_is_not_usable(kept):
    pid = kept.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
        assert cursor.fetchone()[0]
    assert not kept.is_usable()
    assert not kept.is_usable()


def test_work_goes_on_with_a_new_connection_for_an_ended_one(kept):
    """As between two requests in a web process: Django looks, puts the dead connection away and makes another."""
    kept.health_check_enabled = True
    pid = kept.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
    kept.close_if_unusable_or_obsolete()
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != pid
