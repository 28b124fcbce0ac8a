from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "o2c.analytics"
    label = "analytics"
