"""The door to Django's admin: for administrators, and through our own sign-in."""

from functools import wraps

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from o2c.core.rights import may

RIGHT = "masterdata.edit"


class Site(admin.AdminSite):
    site_header = site_title = "o2c master data"
    index_title = "Master data"

    def has_permission(self, request: HttpRequest) -> bool:
        return may(request.user, RIGHT)

    def admin_view(self, view, cacheable=False):
        """There is one door: visitors go to our sign-in, and who is inside without the right is refused."""
        guarded = super().admin_view(view, cacheable)

        @wraps(view)
        def inner(request: HttpRequest, *args, **kwargs):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied
            return guarded(request, *args, **kwargs)

        return inner

    def login(self, request: HttpRequest, extra_context=None):
        return redirect_to_login(request.GET.get("next", "/"))
