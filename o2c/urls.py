"""Every address of the product."""

from django.urls import include, path

urlpatterns = [
    path("", include("o2c.web.urls")),
    path("", include("o2c.invoicing.urls")),
    path("", include("o2c.collections.urls")),
]
