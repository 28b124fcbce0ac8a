"""How far a check or a load is, told while its transaction is still open: through the cache, where the page reads it.

It is for the eye only. If the cache is not there, the work goes on untold.
"""

from dataclasses import dataclass

import structlog
from django.core.cache import cache
from redis import RedisError

from o2c.core.imports.progress import Told
from o2c.core.models import ImportUpload

log = structlog.get_logger()
KEPT = 24 * 3600


class Stopped(Exception):
    """Somebody has stopped it: roll back."""


@dataclass(frozen=True)
class Far:
    """Bytes done of all in this phase; `phase` is empty where nobody has begun."""

    done: int = 0
    total: int = 0
    phase: str = ""


def _key(upload_id: int, attempt: int) -> str:
    return f"import-upload:{upload_id}:{attempt}"


def begin(upload: ImportUpload) -> None:
    """Forget what was told of the same number before: a database that was restored counts from there again."""
    key = _key(upload.pk, upload.attempt)
    _quietly(lambda: cache.delete_many([key, f"{key}:stop"]))


def stop(upload: ImportUpload) -> None:
    """Have whoever works on it give up at the next telling."""
    _quietly(lambda: cache.set(f"{_key(upload.pk, upload.attempt)}:stop", True, KEPT))


def teller(upload_id: int, attempt: int) -> Told:
    """What the load tells its progress to. Raises Stopped out of the load where somebody has stopped it."""
    key = _key(upload_id, attempt)

    def tell(done: int, total: int, phase: str) -> None:
        _quietly(lambda: cache.set(key, (done, total, phase), KEPT))
        if _quietly(lambda: cache.get(f"{key}:stop")):
            raise Stopped

    return tell


def far(upload: ImportUpload) -> Far:
    found = _quietly(lambda: cache.get(_key(upload.pk, upload.attempt)))
    return Far(*found) if found else Far()


def _quietly(ask):
    try:
        return ask()
    except RedisError:
        log.warning("imports.progress_not_told")
        return None
