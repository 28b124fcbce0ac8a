"""Master data by hand, for administrators: money is only shown there, never changed."""

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from o2c.core.actors import Actor, acting
from o2c.core.masterdata import RIGHT
from o2c.core.models import ImportRun, Message, OutboxEvent, Partition
from o2c.core.rights import may

admin.site.unregister(Group)  # what people may do is in o2c.core.rights, not in Django's groups
for model in apps.get_models():
    # factors, sessions and sign-ons are looked after on the pages of people, where acts guard and audit them
    if model.__module__.startswith("allauth.") and admin.site.is_registered(model):
        admin.site.unregister(model)


class Capped(Paginator):
    """Counts to ten thousand and no further: a list by hand has no use for more."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:10_000].count()


class Shown(admin.ModelAdmin):
    """Rows to look at, of the legal entities the administrator sees."""

    show_full_result_count = False
    list_per_page = 50
    paginator = Capped

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = self.model._default_manager.all()
        return rows.for_user(request.user) if hasattr(rows, "for_user") else rows

    def has_module_permission(self, request):
        return may(request.user, RIGHT)

    def has_view_permission(self, request, obj=None):
        return may(request.user, RIGHT)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class Edited(Shown):
    """Rows to edit; the audit trail names who did. Nothing is deleted here."""

    def has_add_permission(self, request):
        return may(request.user, RIGHT)

    def has_change_permission(self, request, obj=None):
        return may(request.user, RIGHT)

    def changeform_view(self, request, *args, **kwargs):
        with acting(Actor.of(request.user)):
            return super().changeform_view(request, *args, **kwargs)


class EditedInline(admin.TabularInline):
    extra = 0

    def has_view_permission(self, request, obj=None):
        return may(request.user, RIGHT)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class ShownInline(EditedInline):
    """Rows to look at: an act with rules of its own writes them."""

    def has_add_permission(self, request, obj=None):
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(ImportRun)
class ImportRunAdmin(Shown):
    list_display = ["started_at", "kind", "source", "file_name", "rows", "created", "updated", "rejected", "actor"]


@admin.register(Message)
class MessageAdmin(Shown):
    list_display = ["created_at", "owner", "recipient", "subject", "state"]
    list_filter = ["state"]


@admin.register(OutboxEvent)
class OutboxEventAdmin(Shown):
    list_display = ["id", "kind", "created_at", "done_at", "attempts", "last_error"]


@admin.register(Partition)
class PartitionAdmin(Shown):
    list_display = ["work", "subject_id", "number", "state", "holder", "leased_until", "attempts"]
