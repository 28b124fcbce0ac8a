"""Letters that are printed here and taken to the post: which were printed together, by whom, and whether they went."""

from django.db import models
from django.db.models.functions import Now

from o2c.collections.models.runs import DunningRun
from o2c.core.models import Document, Message
from o2c.orders.models import LegalEntity
from o2c.orders.scope import EntityScoped


class LetterBatch(models.Model):
    """Letters of a legal entity in one file to print. Printed again, they are a batch of their own."""

    class State(models.TextChoices):
        MAKING = "making", "Being made"
        DONE = "done", "Done"

    MOVES = {State.MAKING: {State.DONE}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT)
    run = models.ForeignKey(
        DunningRun, models.PROTECT, null=True, blank=True, related_name="+", help_text="None: of all runs."
    )
    again = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", help_text="The batch that it prints again."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAKING)
    double_sided = models.BooleanField(default=True, help_text="Each letter begins on the front of a sheet.")
    count = models.PositiveIntegerField(help_text="How many letters.")
    merged = models.PositiveIntegerField(default=0, help_text="How many are in the file so far.")
    pages = models.PositiveIntegerField(default=0)
    document = models.OneToOneField(Document, models.PROTECT, null=True, related_name="+")
    printed_by = models.CharField(max_length=150)
    begun_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    posted_by = models.CharField(max_length=150, blank=True, default="")
    posted_at = models.DateTimeField(null=True)

    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [models.Index(fields=["entity", "-id"], name="letter_batch_by_entity")]


class PrintedLetter(models.Model):
    """A letter's place in a batch."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(LetterBatch, models.CASCADE, related_name="letters", db_index=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="printed")
    position = models.PositiveIntegerField()
    first_page = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["batch", "position"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="printed_letter_place"),
            models.UniqueConstraint(fields=["batch", "message"], name="printed_letter_once"),
        ]
