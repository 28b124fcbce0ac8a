"""Django's PostgreSQL, but for how a connection that was kept is looked at before it is used again."""
