from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CoreConfig(AppConfig):
    name = "o2c.core"
    label = "core"


class MasterDataConfig(AdminConfig):
    """Django's admin, open to administrators only."""

    default_site = "o2c.core.masterdata.Site"
