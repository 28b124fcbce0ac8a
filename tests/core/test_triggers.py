"""What follows updates of very many rows."""

import pytest
from django.db import connection

# A join of the two tables of rows is planned once in a connection, for as few rows as the first update had.
JOINED = r"\m(new_rows|old_rows)\s+\w+\s+JOIN\s+(new_rows|old_rows)\M"


@pytest.mark.django_db
def test_no_trigger_joins_the_rows_before_with_those_after():
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE prosrc ~ 'new_rows' AND prosrc ~ 'old_rows' ORDER BY 1")
        assert "orders_delivery_moved" in [name for (name,) in cursor.fetchall()]
        cursor.execute("SELECT proname FROM pg_proc WHERE prosrc ~* %s ORDER BY 1", [JOINED])
        assert cursor.fetchall() == []
