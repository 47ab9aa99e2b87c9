"""Giving a draft away: a link to its preview for people without an account, or an end to it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse

from .. import sharing, workflow
from ..preview import preview_address
from .numbers import number_or_zero

REVOKE = "_revoke"  # the button that withdraws the link; any other makes one


def share_page(admin, request, thing):
    """Show the link to the draft of ``thing``; make one, or withdraw it."""
    refusal = None
    if request.method == "POST":
        try:
            return shared(admin, request, thing)
        except workflow.Refused as refused:
            refusal = refused
    revision = workflow.pending(thing)
    link = ""
    if revision and revision.is_shared:
        link = f"{settings.BASE_URL}{preview_address(thing, revision, revision.token)}"
    context = admin.admin_site.each_context(request) | {
        "opts": admin.opts,
        "thing": thing,
        "form_address": admin.address(thing),
        "title": f"Share the draft of “{thing}”",
        "refusal": refusal,
        "draft": revision,
        "token": workflow.latest(thing),
        "link": link,
        "days": sharing.LASTS.days,
    }
    return TemplateResponse(request, "admin/publishing/share.html", context)


def shared(admin, request, thing):
    """Take the step that was asked for, and return to the page. Raises Refused."""
    expected = number_or_zero(request.POST.get("revision"))
    if REVOKE in request.POST:
        sharing.revoke(thing, expected=expected)
        told = "The link leads nowhere any more."
    else:
        sharing.share(thing, expected=expected)
        told = f"The link is there. Whoever has it sees the draft for {sharing.LASTS.days} days."
    admin.log_step(request, thing, told)
    admin.message_user(request, told, messages.SUCCESS)
    return HttpResponseRedirect(admin.address(thing, "share"))


def preview_view(admin, request, thing):
    """Lead to the preview of the draft of ``thing``, or back to its form where there is none."""
    revision = workflow.pending(thing)
    if revision is None:
        told = "There is no draft to preview: the public page shows all of this."
        admin.message_user(request, told, messages.INFO)
        return HttpResponseRedirect(admin.address(thing))
    return HttpResponseRedirect(preview_address(thing, revision))
