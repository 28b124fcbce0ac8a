"""What the API remembers: who may call it, and what it answered."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


@pghistory.track()
class ApiKey(models.Model):
    """A program that may call the API: its name, its scopes and its legal entities.

    It stands where a user stands (`for_user`). The secrets by which it is known are apart, so that
    they are rotated while the key, what it may and what it did stay the same.
    """

    name = models.CharField(max_length=100, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    all_entities = models.BooleanField(default=False, help_text="Sees every legal entity, also ones opened later.")
    entity_ids = ArrayField(
        models.BigIntegerField(),
        default=list,
        help_text="The legal entities it sees, unless it sees all.",
    )
    requests_a_minute = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: the usual limit.")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now())

    is_authenticated = True
    is_active = True
    is_anonymous = False
    language = "en"

    def __str__(self):
        return self.name


@pghistory.track(exclude=["digest", "last_used_at"])
class ApiSecret(models.Model):
    """A secret of a key, kept as its digest. The prefix names it and is shown; two are valid while they are rotated."""

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="secrets")
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the secret, which has 256 random bits.")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")


class IdempotentAnswer(models.Model):
    """What was answered to a POST with an Idempotency-Key, written in the transaction that did the work.

    `caller` is the API key or the user; only answers of success are kept.
    """

    id = models.BigAutoField(primary_key=True)
    caller = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the method, the address and the body.")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    answered_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="idempotency_key_once")]
