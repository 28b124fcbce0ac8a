from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CollectionsConfig(AppConfig):
    name = "o2c.collections"
    label = "collections"

    def ready(self) -> None:
        from o2c.collections.interest import packs

        post_migrate.connect(packs.install, sender=self, dispatch_uid="interest packs")
