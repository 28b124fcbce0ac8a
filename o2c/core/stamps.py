"""When a row last changed, and how other systems know it."""

from django.db import models
from django.db.models.functions import Now


class Stamped(models.Model):
    """`updated_at` is the beginning of the statement that made the row, then the moment of each change of it.

    A trigger (`core_stamp`) keeps it. It is never earlier than the statement, whatever the transaction's age: the API's
    `updated_since` depends on that.
    """

    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class ExternallyKnown(models.Model):
    """What another system owns and knows by a key of its own."""

    source = models.CharField(
        max_length=60, blank=True, default="", db_default="", help_text="The system that it came from."
    )
    external_id = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="Its key in the source; with it unique."
    )

    class Meta:
        abstract = True
