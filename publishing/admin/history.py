"""The history of something: who changed what and when, and back to any state of it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render

from .. import diff, state, workflow
from ..models import Plan, Revision
from .numbers import number_or_zero

A_PAGE = 50


def history_page(admin, request, thing):
    """Show all that became of ``thing``, the newest first, and what is planned for it."""
    row = workflow.note_as_found(thing)
    revisions = Revision.objects.of(thing).select_related("user")
    page = Paginator(revisions, A_PAGE).get_page(request.GET.get("page"))
    tell_what_changed(type(thing), page.object_list, revisions)
    context = context_of(admin, request, thing, f"History: {thing}") | {
        "page": page,
        "row": row,
        "draft": workflow.pending(thing),
        "is_live": thing.is_live,
        "plans": Plan.objects.of(thing).select_related("user"),
        "may_change": admin.has_change_permission(request, thing),
    }
    return render(request, "admin/publishing/history.html", context)


def tell_what_changed(model, shown, revisions):
    """Let each of ``shown``, a part of ``revisions``, have the ``places`` that it changed.

    None is told of the first of all, before which nothing is known.
    """
    shown = list(shown)
    before = revisions.filter(pk__lt=shown[-1].pk).first() if shown else None
    names = state.Names(model)
    for newer, older in zip(shown, [*shown[1:], before], strict=True):
        newer.places = []
        if older:
            newer.places = names.places(
                state.differences(older.data, state.in_order(model, newer.data))
            )


def compare_page(admin, request, thing):
    """Show what differs between the revisions ``a`` and ``b`` of ``thing``, the older one first."""
    numbers = [number_or_zero(request.GET.get(name)) for name in ("a", "b")]
    if not all(numbers):
        admin.message_user(request, "Choose two states to compare.", messages.ERROR)
        return HttpResponseRedirect(admin.address(thing, "history"))
    row = workflow.note_as_found(thing)
    revisions = Revision.objects.of(thing).select_related("user")
    older, newer = (get_object_or_404(revisions, pk=number) for number in sorted(numbers))
    context = context_of(admin, request, thing, f"Compare: {thing}") | {
        "older": older,
        "newer": newer,
        "row": row,
        "is_live": thing.is_live,
        "changes": diff.changes(type(thing), older.data, newer.data),
    }
    return render(request, "admin/publishing/compare.html", context)


def restore_view(admin, request, thing):
    """Make a draft of the revision that ``state`` names, and lead to where it is published."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    number = number_or_zero(request.POST.get("state"))
    revision = get_object_or_404(Revision.objects.of(thing), pk=number)
    try:
        draft = workflow.restore(
            thing,
            request.user,
            revision,
            expected=number_or_zero(request.POST.get("revision")),
            except_for=admin.kept_from(request, thing),
        )
    except workflow.Refused as refusal:
        admin.message_user(request, f"Nothing was restored. {refusal}", messages.ERROR)
        return HttpResponseRedirect(admin.address(thing, "history"))
    if draft is None or not draft.is_pending:
        told = "That is what the public page shows already, so there is nothing to publish."
        admin.message_user(request, told, messages.INFO)
        return HttpResponseRedirect(admin.address(thing))
    admin.log_step(request, thing, draft.note)
    admin.message_user(request, f"{draft.note} Visitors see nothing of it yet.", messages.SUCCESS)
    may_publish = workflow.may_publish(request.user, thing, draft)
    return HttpResponseRedirect(admin.address(thing, "publish" if may_publish else "change"))


def context_of(admin, request, thing, title):
    """Return what each of these pages shows: where it is, and the newest revision it knows of."""
    return admin.admin_site.each_context(request) | {
        "title": title,
        "opts": admin.opts,
        "original": thing,
        "token": workflow.latest(thing),
    }
