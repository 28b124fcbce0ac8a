"""Where providers tell what became of our messages. Whoever has not signed learns nothing, not even what there is."""

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from o2c.collections.incoming import hooks
from o2c.core import webhooks

log = structlog.get_logger()

SIGNED_A_MINUTE, UNSIGNED_A_MINUTE = 600, 60


@csrf_exempt  # no session acts here: the body's signature says who it is
@require_POST
def mail_hook(request: HttpRequest, name: str) -> HttpResponse:
    try:
        said = webhooks.signed_json(
            request, hooks.secrets_of(name), kind="mail_hook", name=name, signed=SIGNED_A_MINUTE,
            unsigned=UNSIGNED_A_MINUTE,
        )  # fmt: skip
        events = hooks.read(said)
    except webhooks.NotTaken as refused:
        return refused.answer
    except webhooks.BadEvents as error:
        return JsonResponse({"error": str(error)}, status=400)
    new = hooks.take(name, events)
    log.info("mail_hook.taken", hook=name, events=len(events), new=new)
    return JsonResponse({"received": len(events)})
