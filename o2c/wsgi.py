"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "o2c.settings")

application = get_wsgi_application()
# Reads all addresses, and with them every module, before gunicorn makes its workers: else the first request of each
# waits for that, also when a worker has served its number of requests and is made anew.
reverse("home")
