"""The histories of approvals and of their limits, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0012_approvals"), ("core", "0004_guards")]

    operations = [*guard("collections_noticeapprovalevent"), *guard("collections_noticelimitevent")]
