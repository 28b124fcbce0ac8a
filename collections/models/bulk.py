"""One act of a person on many tasks, and how each was before, so that it can be taken back."""

from django.db import models

from o2c.collections.models.teams import Queue
from o2c.collections.models.work import Task
from o2c.core.models import Message, User


class BulkAct(models.Model):
    """What somebody did with the tasks that were chosen. Never changed but for its being taken back, which is once."""

    class Kind(models.TextChoices):
        SNOOZE = "snooze", "Snoozed"
        GIVE = "give", "Given"
        DONE = "done", "Done"
        REMIND = "remind", "Reminded"

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(unique=True, help_text="Of the form that was sent: sent twice, it is done once.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    until = models.DateField(null=True, help_text="The day on which what was put away comes back.")
    assignee = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    queue = models.ForeignKey(Queue, models.PROTECT, null=True, related_name="+", db_index=False)
    accounts = models.BooleanField(default=False, db_default=False, help_text="Given with their accounts.")
    left = models.PositiveIntegerField(default=0, help_text="Chosen tasks that were left as they were.")
    done_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="bulk_act_of_user")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(undone_at=None, undone_by="") | ~models.Q(undone_at=None) & ~models.Q(undone_by=""),
                name="bulk_act_undone_by_somebody",
            )
        ]


class BulkChange(models.Model):
    """A task of such an act, as it was before; with the mail that was written to its customer."""

    id = models.BigAutoField(primary_key=True)
    act = models.ForeignKey(BulkAct, models.CASCADE, related_name="changes", db_index=False)
    task = models.ForeignKey(Task, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=Task.State.choices)
    assignee = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    queue = models.ForeignKey(Queue, models.PROTECT, null=True, related_name="+", db_index=False)
    pool = models.ForeignKey(Queue, models.PROTECT, null=True, related_name="+", db_index=False)
    collector = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", db_index=False,
        help_text="Of the account before, where the act is about accounts.",
    )  # fmt: skip
    snoozed_until = models.DateField(null=True)
    claimed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    claimed_at = models.DateTimeField(null=True)
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="+", db_index=False)
    taken_back = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["act", "task"], name="bulk_change_once")]
