"""What the commands have in common that work on the books."""

from django.core.management.base import BaseCommand


class BookCommand(BaseCommand):
    """A command that starts without Django's checks of the code.

    They read every page, end point and admin, a third of the time in which such a command starts. What they look at
    changes with the code alone: the tests run them, and `manage.py check`.
    """

    requires_system_checks = ()
