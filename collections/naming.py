"""Somebody who works tasks, as bodies of the API name them: a person by user name, or a queue by its code."""

from rest_framework import serializers

from o2c.collections.models import Queue
from o2c.core.api.problems import at
from o2c.core.models import User


def check_one(given: dict, person: str, queue: str) -> dict:
    """Refuse a body that names both."""
    if person in given and queue in given:
        raise serializers.ValidationError("Give it to a person or to a queue, not to both.", "ambiguous")
    return given


def somebody_named(given: dict, person: str, queue: str) -> User | Queue | None:
    """Whom a body names in one of these fields; None where in neither. Raises Problem for nobody who is there."""
    if person in given:
        found = User.objects.filter(username=given[person], is_active=True).first()
        if found is None:
            raise at(f"/{person}", "unknown", "There is no such user.")
        return found
    if queue in given:
        found = Queue.objects.filter(code=given[queue]).first()
        if found is None:
            raise at(f"/{queue}", "unknown", "There is no such queue.")
        return found
    return None
