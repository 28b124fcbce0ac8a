"""The Celery application. Jobs live in each app's jobs.py and are found there."""

import logging.config
import os

from celery import Celery
from celery.signals import beat_init, setup_logging
from kombu.exceptions import OperationalError

from o2c.core.care import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "o2c.settings")

app = Celery("o2c")
app.set_default()  # of every thread: the web serves each request in one of its own
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
app.autodiscover_tasks(["o2c"], related_name="wiring")
app.autodiscover_tasks(["o2c.core.care"], related_name="work")  # ids, logs and the heartbeat around every job


@beat_init.connect
def tick_at_once(**facts) -> None:
    """Tick when beat starts, not five minutes later: what was due meanwhile waits long enough."""
    try:
        app.send_task("o2c.wiring.tick", expires=290)
    except OperationalError:  # the broker is away: beat itself goes on trying, and so does its schedule
        logging.getLogger("celery.beat").warning("the first tick could not be queued")


@setup_logging.connect
def write_one_log(**facts) -> None:
    """Celery writes through our handler and adds none of its own."""
    logging.config.dictConfig(logs.settings())
