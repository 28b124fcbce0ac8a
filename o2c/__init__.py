"""The project package.

The app folders (orders, invoicing, collections, analytics) stand at the root of the repository, are imported as
`o2c.orders` and so on, and have no `__init__.py`: a package named `collections` at the root would shadow the standard
library and stop every Python started there.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

__path__.append(str(ROOT))
