"""Dunning's settings by hand; its policies only to look at, since an edit makes a new version."""

from django.contrib import admin

from o2c.collections.models import (
    DunningLevel,
    DunningPolicy,
    DunningRun,
    DunningSettings,
    LevelFee,
    LevelMinimum,
    Queue,
)
from o2c.core.admin import Edited, EditedInline, Shown


class LevelInline(EditedInline):
    model = DunningLevel

    def has_add_permission(self, request, obj=None):
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(DunningPolicy)
class DunningPolicyAdmin(Shown):
    list_display = ["code", "version", "name", "effective_on", "interval_days", "promise_grace_days"]
    inlines = [LevelInline]


@admin.register(LevelFee)
class LevelFeeAdmin(Shown):
    list_display = ["level", "currency", "amount"]


@admin.register(LevelMinimum)
class LevelMinimumAdmin(Shown):
    list_display = ["level", "currency", "amount"]


@admin.register(DunningSettings)
class DunningSettingsAdmin(Edited):
    list_display = ["entity", "policy", "proposes_at", "approves_itself", "paused", "letters_without_email"]
    readonly_fields = ["entity"]

    def has_add_permission(self, request):
        return False


@admin.register(Queue)
class QueueAdmin(Edited):
    list_display = ["code", "name"]


@admin.register(DunningRun)
class DunningRunAdmin(Shown):
    list_display = ["id", "entity", "as_of", "state", "considered", "notices_made", "proposed_by", "approved_by"]
