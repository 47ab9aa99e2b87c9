"""Taking something down: why, where to go instead, what goes with it, one button, now or later."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.shortcuts import render

from .. import uses, workflow
from ..models import Plan
from .history import context_of
from .publish import CALL_OFF, StepForm, call_off, done, newest_named, told_time
from .targets import cleaned_target
from .times import TimeAhead


class TakeDownForm(StepForm, TimeAhead):
    reason = forms.CharField(
        label="Reason",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Shown to everyone who comes to its address. A sentence or two.",
    )
    leads_to = forms.CharField(
        label="Where to go instead",
        required=False,
        max_length=500,
        help_text="A page of this site, such as /programmes/, or an address that begins with "
        "https://. Empty: visitors are offered the search and the lists.",
    )

    def __init__(self, thing, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.address = workflow.address_of(thing)
        if not uses.leaves_an_address(thing):  # visitors find other things there still, or nowhere
            self.fields["reason"].help_text = "For colleagues: it stands in the history."
            del self.fields["leads_to"]

    def clean_leads_to(self):
        target = self.cleaned_data["leads_to"]
        return cleaned_target(target, gone=self.address) if target else ""


def take_down_page(admin, request, thing):
    """Show what goes with ``thing``, or take it down: now, later, or not after all."""
    if not request.user.has_perm(workflow.PERMISSION):
        raise PermissionDenied
    workflow.note_as_found(thing)
    newest = workflow.latest(thing)
    form = TakeDownForm(thing, request.POST or None)
    refusal = None
    if request.method == "POST":
        try:
            if CALL_OFF in request.POST:
                return call_off(admin, request, thing, Plan.Action.TAKE_DOWN)
            if form.is_valid():
                return take(admin, request, thing, form)
        except workflow.Refused as refused:
            refusal = refused
    lost = uses.goes_with(thing, request, admin.admin_site)
    used = uses.of(thing, request, admin.admin_site)
    may_go = thing.can_be_taken_down and thing.is_published
    context = context_of(admin, request, thing, f"Take down “{thing}”") | {
        "token": newest_named(form, newest),
        "form": form,
        "refusal": refusal,
        "may_go": may_go,
        "goes_with": lost,
        "uses": uses.without_those_of(used, lost),
        "draft": workflow.pending(thing),
        "plans": Plan.objects.of(thing).select_related("user"),
    }
    return render(request, "admin/publishing/take_down.html", context)


def take(admin, request, thing, form):
    """Take ``thing`` down, or plan it, and return to its form. Raises Refused."""
    given = form.cleaned_data
    details = {
        "expected": given["revision"],
        "reason": given["reason"],
        "leads_to": given.get("leads_to", ""),
    }
    if at := form.at():
        workflow.plan(thing, request.user, Plan.Action.TAKE_DOWN, at, **details)
        when = told_time(at)
        told = f"It will be taken down on {when}. Until then visitors see it."
        return done(admin, request, thing, f"To be taken down on {when}.", told)
    workflow.take_down(thing, request.user, **details)
    told = "Taken down: visitors no longer see it. What it held is kept here."
    return done(admin, request, thing, f"Taken down: {given['reason']}", told)
