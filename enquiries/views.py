import logging
from datetime import timedelta
from http import HTTPStatus

from django import db
from django.conf import settings
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views import csrf
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from publishing.provenance import Library

from . import handling
from .forms import EnquiryForm
from .intake import take_in
from .models import Enquiry
from .routes import Route, route_for
from .spam import TRAP, FormToken, Origin, suspicion
from .subjects import KINDS, Subject

logger = logging.getLogger(__name__)

FORM = "enquiries/form.html"
private = cache_control(private=True, no_store=True)


# The form. Whatever happens to what was sent, it comes back with all that was typed.


@private
@require_http_methods(["GET", "HEAD", "POST"])
def form(request):
    if request.method == "POST":
        try:
            return submit(request)
        except db.Error as error:
            # Its message may quote the row.
            logger.error("An enquiry could not be stored: %s", type(error).__name__)
            return show_again(request, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")
    context = surroundings(request)
    at = context["subject"].at
    typed = {"university": at.official_name if at else ""}
    return render(request, FORM, context | fields(EnquiryForm(initial=typed), FormToken()))


def submit(request):
    """Store what was sent and lead to its page; show the form again where that cannot be done."""
    token = FormToken.read(request.POST.get("form", ""))
    if token is None:
        return show_again(request, HTTPStatus.UNPROCESSABLE_ENTITY, "expired")
    form = EnquiryForm(request.POST)
    if not form.is_valid():
        context = surroundings(request) | fields(form, token)
        return render(request, FORM, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    typed = form.cleaned_data
    form_id = token.form_id(typed)
    subject = Subject.named_by(request.GET)
    if sent_already := sent_before(form_id, subject, typed):
        return redirect(sent_already)
    origin = Origin.of(request, typed["email"])
    if again_at := origin.may_send_again_at():
        return show_again(request, HTTPStatus.TOO_MANY_REQUESTS, "limit", again_at)
    trap = request.POST.get(TRAP)
    with db.transaction.atomic():
        why = suspicion(token, trap, typed, origin)
        enquiry = take_in(subject, form_id, suspicion=why, **typed)
        origin.note()
    return redirect(enquiry)


def sent_before(form_id, subject, typed):
    """Return the enquiry that came by this form already, or by another with the same words."""
    enquiries = Enquiry.objects
    by_this_form = enquiries.filter(form_id=form_id).first()
    return by_this_form or enquiries.repeated_by(subject, typed).first()


def show_again(request, status, problem, again_at=None):
    """Show the form with what was typed, and why it was not sent: a ``problem`` of _problem.html."""
    form = EnquiryForm(initial=request.POST.dict())
    token = FormToken.read(request.POST.get("form", "")) or FormToken(shown_at=None)
    context = fields(form, token) | {"problem": problem, "again_at": again_at}
    try:
        response = render(request, FORM, surroundings(request) | context, status=status)
    except db.Error:
        response = render(request, FORM, WITHOUT_DATABASE | context, status=status)
    if again_at:
        wait = (again_at - timezone.now()) / timedelta(seconds=1)
        response["Retry-After"] = max(1, round(wait))
    return response


def fields(form, token):
    return {
        "form": form,
        "token": token,
        "trap": TRAP,
        "enquiry_months": settings.ENQUIRY_MONTHS,
    }


def surroundings(request):
    """Return what the form says beside its fields: what it is about, and who answers."""
    subject = Subject.named_by(request.GET)
    found = {"subject": subject, "route": route_for(subject.thing, subject.at)}
    if request.GET:
        found["canonical"] = None  # a form about something is no page that others should know
    return found


# With all that a page would otherwise look up.
WITHOUT_DATABASE = {
    "subject": Subject(),
    "route": Route(),
    "partnership": None,
    "page": None,
    "library": Library([]),
    "canonical": None,
}


@private
def csrf_failure(request, reason=""):
    """Refuse what may come from another site's page; of the form, lose nothing by it."""
    here = request.resolver_match
    if not here or here.view_name != "enquiries:form":
        return csrf.csrf_failure(request, reason)
    problem = "cookies" if reason == REASON_NO_CSRF_COOKIE else "unchecked"
    return show_again(request, HTTPStatus.FORBIDDEN, problem)


# What whoever wrote comes back to. Neither page shows anything that was typed.


@private
@require_http_methods(["GET", "HEAD", "POST"])
def received(request, key):
    """Show the reference; ask whoever may have been taken for a program whether they are one."""
    enquiry = get_object_or_404(Enquiry.objects.select_related(*KINDS), key=key)
    if request.method == "POST":
        handling.excuse(enquiry)
        return redirect(enquiry)
    thing = enquiry.subject
    if thing and not thing.is_published:
        thing = None
    context = {
        "enquiry": enquiry,
        "is_held": handling.may_be_excused(enquiry),
        "about": thing,
        "route": route_for(thing),
        "enquiry_months": settings.ENQUIRY_MONTHS,
        "canonical": None,
    }
    return render(request, "enquiries/received.html", context)


HELPED = {"yes": True, "no": False}


@private
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request, key):
    """Ask whether the answer helped. Programs that look into e-mail follow links: only POST counts."""
    enquiry = get_object_or_404(Enquiry, key=key)
    if not enquiry.was_answered:
        return redirect(enquiry)
    status = HTTPStatus.OK
    if request.method == "POST":
        helped = HELPED.get(request.POST.get("helped"))
        if helped is not None:
            handling.hear(enquiry, helped)
            return redirect("enquiries:feedback", key=key)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {"enquiry": enquiry, "canonical": None}
    return render(request, "enquiries/feedback.html", context, status=status)
