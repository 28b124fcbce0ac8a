import importlib

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CoreConfig(AppConfig):
    name = "o2c.core"
    label = "core"

    def ready(self) -> None:
        # whoever queues a job, the web too, does so in our application: without it Celery knows no broker
        importlib.import_module("o2c.celery")
        importlib.import_module("o2c.core.audit.signs")  # listens from now on


class MasterDataConfig(AdminConfig):
    """Django's admin, open to administrators only."""

    default_site = "o2c.core.masterdata.Site"
