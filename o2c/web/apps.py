from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "o2c.web"
    label = "web"
