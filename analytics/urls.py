"""Pages of analytics."""

from django.urls import path

from o2c.analytics.metrics import views as metrics
from o2c.analytics.serving import views

urlpatterns = [
    path("performance/", metrics.metrics, name="metrics"),
    path("performance/days/", metrics.snapshots, name="snapshots"),
    path("performance/days/<int:pk>/", metrics.snapshot, name="snapshot"),
    path("performance/<slug:code>/", metrics.metric, name="metric"),
    path("serving/", views.serving, name="serving"),
    path("serving/customers/<int:pk>/", views.customer_serving, name="customer_serving"),
    path("serving/customers/<int:pk>/<int:entity_pk>/work/", views.record_work, name="record_work"),
    path("serving/work/<int:pk>/take-back/", views.take_back_work, name="take_back_work"),
    path("serving/rates/", views.cost_rates, name="cost_rates"),
    path("serving/rates/<int:pk>/new/", views.set_cost_rate, name="set_cost_rate"),
]
