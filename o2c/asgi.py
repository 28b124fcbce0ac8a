"""For those who run an ASGI server."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "o2c.settings")

application = get_asgi_application()
