from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class WebConfig(AppConfig):
    name = "o2c.web"
    label = "web"

    def ready(self) -> None:
        """Let the metrics count what is red, the credit decision know what is owed, and orders know exchange rates.

        Refuse roles in the environment that do not exist: a rule for nobody would look like one for somebody.
        """
        from o2c.collections import credit_facts
        from o2c.core.care import metrics
        from o2c.core.models import Role
        from o2c.invoicing import ledger
        from o2c.orders.credit import facts
        from o2c.orders.ordering import base
        from o2c.web.corrections import reading

        metrics.add_gauge("o2c_corrections", "What is red, by kind.", "kind", reading.for_metrics())
        facts.wire(owed=credit_facts.owed, in_base=credit_facts.in_base, record=credit_facts.record)
        base.use(ledger.in_base_each)
        provider = settings.O2C_SINGLE_SIGN_ON
        named = {
            "O2C_MFA_REQUIRED": settings.O2C_MFA_REQUIRED,
            "O2C_OIDC_ROLES": set(provider.roles.values()) if provider else set(),
        }
        for variable, roles in named.items():
            if unknown := sorted(roles - set(Role)):
                raise ImproperlyConfigured(
                    f"{variable} names {', '.join(unknown)}. The roles are {', '.join(sorted(Role))}."
                )
