"""All that is red, and the buttons that put it right."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core.actors import Actor
from o2c.core.forms import DayField
from o2c.core.pages import onward, show_form
from o2c.core.rights import may, needs
from o2c.core.states import IllegalMove
from o2c.web.corrections import acts, reading
from o2c.web.corrections.kinds import KINDS


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300, widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}))


class AsideForm(ReasonForm):
    until = DayField(label="Until", required=False, help_text="Red again from this day on; empty: not any more.")


@needs("corrections.read")
@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    shown = [{"group": group, "may_act": may(request.user, group.kind.right)} for group in reading.groups(request.user)]
    return render(request, "web/corrections.html", {"shown": shown, "kinds": KINDS.values()})


@needs("corrections.act")
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, kind: str, act: str) -> HttpResponse:
    """One button: what it does is asked for a reason first where it cannot be taken back."""
    red_kind = KINDS.get(kind)
    chosen = next((each for each in red_kind.acts if each.name == act), None) if red_kind else None
    if chosen is None:
        raise Http404
    if not may(request.user, red_kind.right):
        raise PermissionDenied
    key = request.GET.get("key", "")
    red = reading.one(request.user, red_kind, key) if key else None
    back = reverse("corrections")
    if red is None:
        messages.info(request, "That is not red any more.")
        return onward(request, back)
    form = None
    if chosen.reason:
        make = AsideForm if act == "set_aside" else ReasonForm
        form = make(request.POST if request.method == "POST" else None)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            said = acts.do(red, act, actor=Actor.of(request.user), **(form.cleaned_data if form else {}))
        except (acts.CannotCorrect, IllegalMove) as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, said)
        reading.forget(request.user)
        return onward(request, back)
    return show_form(
        request,
        form or forms.Form(),
        heading=f"{chosen.label}: {red.title}",
        about=red.detail,
        action=chosen.label,
        back=back,
    )
