from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "o2c.orders"
    label = "orders"
