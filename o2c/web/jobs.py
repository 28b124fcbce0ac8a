"""What the roof has workers do."""

from celery import shared_task
from django.db import OperationalError

from o2c.core.models import User
from o2c.web import staff
from o2c.web.uploads import undoing, working

LASTING = {"acks_late": True, "autoretry_for": (OperationalError,), "max_retries": 5, "retry_backoff": True}


@shared_task(acks_late=True, autoretry_for=(OSError,), max_retries=5, retry_backoff=True)
def mail_password_link(user_id: int) -> None:
    """Mail the person a link to set a password; twice does no harm, since either link is good once."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None:
        staff.send_password_link(user)


@shared_task(**LASTING)
def work_on_upload(upload_id: int, attempt: int) -> None:
    working.work(upload_id, attempt)


@shared_task(**LASTING)
def undo_import(run_id: int, number: int) -> None:
    undoing.work(run_id, number)
