"""What is recorded because it changes no row of its own: who came in, and what was taken out or put right by hand."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Func


class CurrentContext(Func):
    """The context of the act that writes the row: who and from where. The table's trigger writes the context itself."""

    function = "core_context"
    output_field = models.UUIDField()
    arity = 0


class AccessRecord(models.Model):
    """A coming in, a failed one, an export, a correction by hand. Only ever added; the database refuses the rest.

    Who and from where stands in its context, as for every change.
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", "Signed in"
        SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
        LOCKED_OUT = "locked_out", "Locked out"
        SIGNED_OUT = "signed_out", "Signed out"
        PASSWORD_SET = "password_set", "Password set"
        FACTOR_ADDED = "factor_added", "Second factor added"
        FACTOR_REMOVED = "factor_removed", "Second factor removed"
        EXPORTED = "exported", "Export taken"
        CORRECTED = "corrected", "Put right by hand"
        TRAIL_CHANGED = "trail_changed", "Audit trail changed"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(
        db_default=TransactionNow(), help_text="The beginning of the transaction, as in every history."
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    what = models.CharField(max_length=200, blank=True, default="", help_text="What was exported or put right.")
    user_id = models.BigIntegerField(null=True, help_text="Whose access it is; empty for programs and unknown names.")
    customer_id = models.BigIntegerField(null=True, help_text="The customer it is about, if one.")
    entity_ids = ArrayField(models.BigIntegerField(), null=True, help_text="The legal entities it is about, if any.")
    facts = models.JSONField(default=dict)
    context_id = models.UUIDField(null=True, db_default=CurrentContext())

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], name="access_record_when"),
            models.Index(fields=["user_id", "at"], name="access_record_of"),
            models.Index(fields=["context_id"], name="access_record_by_context"),
        ]
