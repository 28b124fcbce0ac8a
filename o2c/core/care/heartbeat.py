"""Beat's last tick, written when a worker does it: beat, the broker and a worker have all done their part then."""

from __future__ import annotations

from django.db.models.functions import Now

from o2c.core.models import Heartbeat

PART = "tick"


def tick() -> None:
    """Write down that a tick was begun."""
    now = {"started_at": Now(), "succeeded_at": Now()}
    if not Heartbeat.objects.filter(part=PART).update(**now):
        Heartbeat.objects.bulk_create([Heartbeat(part=PART, **now)], ignore_conflicts=True)
