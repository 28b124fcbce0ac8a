import select
import time

from django.db.backends.postgresql import base

# For so many seconds after it has answered, a connection is believed unless the server has spoken or hung up meanwhile.
BELIEVED = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that was kept is asked whether it lives once in some seconds, not at every request.

    In between its socket is looked at: a server that ends a connection (a restart, a fail-over) says so
    or hangs up, which can be read there, and then it is asked in earnest. That spares every request one statement.
    """

    _answered_at = float("-inf")

    def is_usable(self) -> bool:
        if time.monotonic() - self._answered_at < BELIEVED and self._is_silent():
            return True
        usable = super().is_usable()
        self._answered_at = time.monotonic() if usable else float("-inf")
        return usable

    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        self._answered_at = time.monotonic()
        return connection

    def _is_silent(self) -> bool:
        """Whether the server has sent nothing that nobody asked for, the end of the connection included."""
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN | select.POLLPRI)
        return not waiting.poll(0)
