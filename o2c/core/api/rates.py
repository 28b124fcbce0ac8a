"""How many requests a caller may make in a minute. Counted in Valkey or Redis; without it nobody is held up."""

import time
from dataclasses import dataclass
from functools import lru_cache

import redis
import structlog
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from o2c.core.api import keys

log = structlog.get_logger()

WINDOW = 60
# After a failure the counter is left alone for so long, so that a broken one slows nobody down.
PAUSE = 5.0
_paused_until = 0.0


@dataclass(frozen=True)
class Standing:
    """Where a caller stands in the present minute."""

    limit: int
    used: int
    resets_in: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.limit - self.used, 0)),
            "RateLimit-Reset": str(self.resets_in),
        }


class Throttle(BaseThrottle):
    def allow_request(self, request: Request, view) -> bool:
        if not getattr(request.user, "is_authenticated", False):
            return True
        limit = getattr(request.user, "requests_a_minute", None) or settings.O2C_API_REQUESTS_A_MINUTE
        self.standing = request.standing = count(keys.caller(request.user), limit)
        return self.standing is None or self.standing.used <= limit

    def wait(self) -> float:
        return self.standing.resets_in


def count(caller: str, limit: int) -> Standing | None:
    """Count one request of the caller; None where it cannot be counted."""
    global _paused_until
    if time.monotonic() < _paused_until:
        return None
    now = int(time.time())
    name = f"o2c:rate:{settings.DATABASES['default']['NAME']}:{caller}:{now // WINDOW}"
    try:
        used = _client().incr(name)
        if used == 1:
            _client().expire(name, WINDOW * 2)
    except redis.RedisError as error:
        _paused_until = time.monotonic() + PAUSE
        log.warning("api.rates.uncounted", error=type(error).__name__)
        return None
    return Standing(limit, used, WINDOW - now % WINDOW)


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.CACHES["default"]["LOCATION"], socket_timeout=0.25, socket_connect_timeout=0.25
    )
