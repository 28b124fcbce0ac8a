#!/usr/bin/env python
"""Django's command line; starts the embedded services first where the command needs them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "o2c.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as missing:
        raise SystemExit("Django is missing. Run `make setup`, then .venv/bin/python manage.py …") from missing
    from o2c.core.services import before_command

    before_command(sys.argv[1:])
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
