"""Where carriers tell what became of their parcels. Whoever has not signed learns nothing, not even who there is."""

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from o2c.core import clock, webhooks
from o2c.orders.deliveries import signing, tracking
from o2c.orders.models import Carrier

log = structlog.get_logger()

SIGNED_A_MINUTE, UNSIGNED_A_MINUTE = 600, 60


@csrf_exempt  # no session acts here: the body's signature says who it is
@require_POST
def carrier_hook(request: HttpRequest, pk: int) -> HttpResponse:
    carrier = Carrier.objects.filter(pk=pk).first()
    found = signing.valid(carrier)
    try:
        said = webhooks.signed_json(
            request, signing.keys(found), kind="carrier_hook", name=str(pk), signed=SIGNED_A_MINUTE,
            unsigned=UNSIGNED_A_MINUTE,
        )  # fmt: skip
        events = tracking.read(said)
    except webhooks.NotTaken as refused:
        return refused.answer
    except webhooks.BadEvents as error:
        return JsonResponse({"error": str(error)}, status=400)
    signing.note_use(found, clock.now())
    new = tracking.take(carrier, events)
    log.info("carrier_hook.taken", carrier=carrier.code, events=len(events), new=new)
    return JsonResponse({"received": len(events)})
