"""The embedded PostgreSQL and Valkey: servers that come as wheels, so a machine with only Python needs nothing else.

An *instance* is a run folder (`O2C_RUN_DIR`, `.run/` by default) with its own database, queue and files. `up()` makes
its servers run, whoever calls it and however often; they stay up until `down()`. Nothing here imports Django's
settings, since settings ask this package where the servers are.
"""

from o2c.core.services.commands import before_command, ready
from o2c.core.services.instance import Instance, ServiceFailed

__all__ = ["Instance", "ServiceFailed", "before_command", "ready"]
