"""Keys for programs: made, rotated, revoked, and recognised. The secret itself is shown once and kept nowhere."""

import hashlib
import hmac
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Least

from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.api.models import ApiKey, ApiSecret
from o2c.core.api.scopes import SCOPES
from o2c.core.models import User

ALPHABET = string.ascii_letters + string.digits
SECRET_LENGTH = 43  # 256 bits in 62 characters
PREFIX_LENGTH = 8
OVERLAP = timedelta(days=1)
USED_EVERY = timedelta(minutes=1)


class KeyRefused(ValueError):
    """The key cannot be made or changed so; the text says why."""


@dataclass(frozen=True)
class Issued:
    """A key and what its owner puts in the Authorization header; this is the only time it is seen."""

    key: ApiKey
    text: str


def create(
    *,
    name: str,
    scopes: Iterable[str],
    all_entities: bool,
    actor: Actor,
    expires_at: datetime | None = None,
    requests_a_minute: int | None = None,
) -> Issued:
    """Make a key. Which legal entities it sees, unless all, is given by `o2c.orders.access`.

    Raises KeyRefused for an unknown scope, no scope at all, or a name that is taken.
    """
    wanted = sorted(set(scopes))
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise KeyRefused(f"There is no scope {', '.join(unknown)}. There are {', '.join(SCOPES)}.")
    if not wanted:
        raise KeyRefused("A key needs at least one scope.")
    if not name.strip():
        raise KeyRefused("A key needs a name.")
    with acting(actor):
        try:
            with transaction.atomic():
                key = ApiKey.objects.create(
                    name=name.strip(),
                    scopes=wanted,
                    all_entities=all_entities,
                    expires_at=expires_at,
                    requests_a_minute=requests_a_minute,
                    created_by=actor.name,
                )
        except IntegrityError:
            raise KeyRefused(f"There is a key named {name} already.") from None
        return Issued(key, _add_secret(key))


def rotate(key: ApiKey, *, actor: Actor, overlap: timedelta = OVERLAP) -> Issued:
    """Give the key a new secret; those it has are good for `overlap` more. Raises KeyRefused for a revoked key."""
    with acting(actor):
        key = ApiKey.objects.select_for_update(no_key=True).get(pk=key.pk)
        if key.revoked_at:
            raise KeyRefused(f"{key.name} is revoked.")
        until = clock.now() + overlap
        key.secrets.filter(Q(expires_at=None) | Q(expires_at__gt=until)).update(expires_at=until)
        return Issued(key, _add_secret(key))


def revoke(key: ApiKey, *, actor: Actor) -> None:
    """End the key at once, with all its secrets."""
    with acting(actor):
        now = clock.now()
        ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
        key.secrets.update(expires_at=Least(F("expires_at"), now))


FIND = """
    SELECT secret_id, digest, last_used_at, key_id, name, scopes, all_entities, requests_a_minute, entity_ids
    FROM core_keys_with(%s, %s)
"""


def recognise(text: str) -> ApiKey | None:
    """The key whose valid secret this is, with the legal entities it sees; None for anything else.

    When it was last used is noted at most once a minute, outside any transaction of the request.
    """
    prefix, _, secret = text.partition(".")
    if len(prefix) != PREFIX_LENGTH or len(secret) != SECRET_LENGTH or not text.replace(".", "", 1).isalnum():
        return None
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(FIND, [prefix, now])
        row = cursor.fetchone()
    if row is None or not hmac.compare_digest(row[1], digest(secret)):
        return None
    secret_id, _, last_used_at, key_id, name, scopes, all_entities, requests_a_minute, entity_ids = row
    if last_used_at is None or now - last_used_at >= USED_EVERY:
        ApiSecret.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY), pk=secret_id).update(
            last_used_at=now
        )
    return ApiKey(
        id=key_id,
        name=name,
        scopes=scopes,
        all_entities=all_entities,
        entity_ids=entity_ids,
        requests_a_minute=requests_a_minute,
    )


def caller(principal: ApiKey | User) -> str:
    """Who calls, as one word: "key:5" or "user:7"."""
    return f"{'key' if isinstance(principal, ApiKey) else 'user'}:{principal.pk}"


def actor_of(principal: ApiKey | User) -> Actor:
    """Who acts, for the audit trail."""
    if isinstance(principal, ApiKey):
        return Actor(f"api key {principal.name}", key_id=principal.pk)
    return Actor.of(principal)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _add_secret(key: ApiKey) -> str:
    prefix = "".join(secrets.choice(ALPHABET) for _ in range(PREFIX_LENGTH))
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    ApiSecret.objects.create(key=key, prefix=prefix, digest=digest(secret))
    return f"{prefix}.{secret}"
