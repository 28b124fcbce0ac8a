"""What can be loaded from files: the one table that the command, the pages and whoever else loads read."""

from o2c.core.imports.kinds import Kind
from o2c.invoicing.loading import OPEN_ITEMS
from o2c.orders.loading import CUSTOMERS

KINDS: dict[str, Kind] = {kind.name: kind for kind in (CUSTOMERS, OPEN_ITEMS)}
