"""What the roof has workers do."""

from celery import shared_task

from o2c.core.models import User
from o2c.web import staff


@shared_task(acks_late=True, autoretry_for=(OSError,), max_retries=5, retry_backoff=True)
def mail_password_link(user_id: int) -> None:
    """Mail the person a link to set a password; twice does no harm, since either link is good once."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None:
        staff.send_password_link(user)
