"""Master data by hand, for administrators: money is only shown there, never changed."""

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from o2c.core.actors import Actor, acting
from o2c.core.models import ImportRun, Message, OutboxEvent, Partition
from o2c.core.rights import may

RIGHT = "masterdata.edit"


class Site(admin.AdminSite):
    site_header = site_title = "o2c master data"
    index_title = "Master data"

    def has_permission(self, request: HttpRequest) -> bool:
        return may(request.user, RIGHT)

    def login(self, request: HttpRequest, extra_context=None):
        """There is one door: visitors go to it, and who is inside without the right is refused."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", request.get_full_path()))


class Shown(admin.ModelAdmin):
    """Rows to look at, of the legal entities the administrator sees."""

    show_full_result_count = False
    list_per_page = 50

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
