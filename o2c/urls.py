"""Every address of the product."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("o2c.api")),
    path("", include("o2c.web.urls")),
    path("", include("o2c.orders.urls")),
    path("", include("o2c.invoicing.urls")),
    path("", include("o2c.collections.urls")),
    path("", include("o2c.analytics.urls")),
]
