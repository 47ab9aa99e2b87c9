"""What waits at the desk to be published, and what the timer is to do, for all kinds of content."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, OuterRef, Subquery, Value, When
from django.http import HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from publishing import workflow
from publishing.models import Plan, Revision
from publishing.models.revisions import publishable_models
from publishing.workflow import PERMISSION
from publishing.zone import zone_name


@dataclass(frozen=True)
class Waiting:
    """A draft, or a plan, with the addresses of the pages about what it is of."""

    of: Revision | Plan
    title: str
    kind: str
    form: str
    publish: str


def editable_types(request, site):
    """Return {id of the content type: model} of what the user of ``request`` may change."""
    models = [
        model
        for model in publishable_models()
        if site.is_registered(model) and site.get_model_admin(model).has_change_permission(request)
    ]
    types = Revision.content_type.field.remote_field.model.objects.get_for_models(*models)
    return {content_type.pk: model for model, content_type in types.items()}


def drafts(types):
    """Return the Revisions that wait: those sent for review first, then the oldest first."""
    sent_first = Case(
        When(kind=Revision.Kind.SUBMITTED, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    waiting = Revision.objects.pending().filter(content_type__in=types)
    return waiting.order_by(sent_first, "created_at", "pk")


def plans(types):
    """Return the Plans, the nearest first, with the ``title`` that each thing last had."""
    newest = Revision.objects.filter(
        content_type=OuterRef("content_type"), object_id=OuterRef("object_id")
    )
    title = Subquery(newest.order_by("-pk").values("title")[:1])
    return Plan.objects.filter(content_type__in=types).annotate(title=title)


def late(found):
    """Return those of the Plans ``found`` that failed, or that the timer has not seen to."""
    return found.exclude(failed_at=None) | found.filter(at__lt=timezone.now() - Plan.LATE_AFTER)


def numbers(request, site):
    """Return how much waits that the user may change, for the front of the desk."""
    types = editable_types(request, site)
    if not types:
        return None
    waiting, planned = drafts(types), plans(types)
    return {
        "drafts": waiting.count(),
        "submitted": waiting.filter(kind=Revision.Kind.SUBMITTED).count(),
        "planned": planned.count(),
        "late": late(planned).count(),
    }


def editing(site, request):
    """Show the drafts that wait and what is planned, to whoever may change something of it."""
    types = editable_types(request, site)
    if not types:
        raise PermissionDenied
    # The state of a thing is large, and none of it is shown.
    waiting = drafts(types).select_related("user").defer("data")
    planned = plans(types).select_related("user")
    context = site.each_context(request) | {
        "title": "Drafts and schedule",
        "drafts": [in_words(draft, types, site) for draft in waiting],
        "plans": [in_words(plan, types, site) for plan in planned],
        "may_publish": request.user.has_perm(PERMISSION),
        "zone": zone_name(),
    }
    return render(request, "admin/editing.html", context)


def in_words(about, types, site):
    model = types[about.content_type_id]
    return Waiting(
        of=about,
        title=about.title or f"{model._meta.verbose_name} {about.object_id}",
        kind=model._meta.verbose_name,
        form=page_about(about, model, "change", site),
        publish=page_about(about, model, "publish", site),
    )


def page_about(about, model, page, site):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=[quote(about.object_id)], current_app=site.name)


def call_off(site, request, pk):
    """Call off what is planned; the draft stays."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    types = editable_types(request, site)
    plan = Plan.objects.filter(pk=pk, content_type__in=types).first()
    thing = plan and plan.thing
    if thing is None:
        messages.warning(request, "Nothing is called off: it was done or called off already.")
        return redirect("admin:editing")
    try:
        workflow.call_off(thing, plan.action)
    except workflow.Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:editing")
    at = date_format(timezone.localtime(plan.at), "l j F Y, H:i")
    words = f"Called off: {plan.get_action_display().lower()} on {at}."
    site.get_model_admin(type(thing)).log_step(request, thing, words)
    messages.success(request, f"{thing}: {words[:1].lower()}{words[1:]}")
    return redirect("admin:editing")
