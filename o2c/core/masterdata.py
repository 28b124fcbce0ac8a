"""The door to Django's admin: for administrators, and through our own sign-in."""

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

    def login(self, request: HttpRequest, extra_context=None):
        """There is one door: visitors go to it, and who is inside without the right is refused."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", request.get_full_path()))
