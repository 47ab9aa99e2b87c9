"""The public site as it will be: with one draft, or with all of them.

``/preview/<key>/<path>`` shows what a visitor will find at ``/<path>``. The key is the number of a
draft or ``all``, for staff, or the token of a link (``sharing.py``), for whoever has it. The drafts
are laid over their rows in a sandbox, and the public view is called there for a request of its own:
that of a visitor. Django puts the script prefix before every address that it makes; while a page is
rendered that is the preview's, so its links stay inside.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.db import DataError, IntegrityError, OperationalError, transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import (
    get_resolver,
    get_script_prefix,
    is_valid_path,
    resolve,
    reverse,
    set_script_prefix,
)
from django.utils.encoding import escape_uri_path

from . import state, workflow
from .addresses import inside, path_of, request_of_a_visitor
from .models import Revision
from .redirects import instead
from .sandbox import give_way, sandbox

ALL = "all"
MOST_DIGITS = 18  # of a number that both databases can hold; a token is longer
PATIENCE, PAUSE = 2, 0.05  # seconds
SHOWN = ("text/html", "image/svg+xml")

# Nobody keeps what a preview shows, finds it by a search, or learns its address from a link.
HEADERS = {
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
}


class Unavailable(Exception):
    """Why there is nothing to see, in words for whoever asked, and the status that says so."""

    def __init__(self, status, heading, words, **links):
        super().__init__(heading)
        self.status = status
        self.context = {"heading": heading, "words": words} | links


@dataclass
class Draft:
    """A draft in a preview, and what became of laying it over its rows."""

    revision: Revision
    thing: Any
    form: str  # where staff edit it
    share: str  # where they give it away
    name: str = ""  # as drafted
    place: str = ""  # the address in the preview at which it shows, as drafted
    list_above: str = ""  # that of the list in which it stands; "" for none
    problems: list[str] = field(default_factory=list)  # what of it can't be shown, and why

    def lay(self, prefix):
        """In a sandbox, let the rows hold the draft, public as it is to be, below ``prefix``."""
        names = state.Names(type(self.thing))
        try:
            with transaction.atomic():
                problems = state.write(self.thing, workflow.drafted(self.thing, self.revision))
                type(self.thing)._base_manager.filter(pk=self.thing.pk).update(is_published=True)
        except (IntegrityError, DataError):
            self.problems = ["It does not go together with what is public, or with another draft."]
        else:
            self.problems = [f"{names.place(*found[:3])}: {found.message}" for found in problems]
        row = state.fresh(self.thing)
        own = workflow.address_of(row)
        above = path_of(own).rstrip("/").rpartition("/")[0] + "/"
        self.name = str(row)
        self.place = inside(prefix, own)
        self.list_above = inside(prefix, above) if resolve(above).url_name == "list" else ""


@dataclass
class Preview:
    """What a page of a preview needs to know of it."""

    key: str
    drafts: list[Draft]
    is_shared: bool = False  # shown to whoever has the link, not to staff

    @property
    def address(self):
        return reverse("preview", args=[self.key, ""])

    @property
    def only(self):
        """The one draft that it is of; None for the preview of all."""
        return None if self.key == ALL else self.drafts[0]


def preview(request, key, path):
    """Show what visitors will find at ``/<path>`` once the drafts of ``key`` are published.

    Whatever ``key`` and ``path`` are, the answer is a page that says what is the matter.
    """
    if not is_token(key) and not admin.site.has_permission(request):
        response = redirect_to_login(request.get_full_path(), reverse("admin:login"))
    else:
        try:
            response = patiently(lambda: shown(request, opened(request, key), f"/{path}"))
        except Unavailable as why:
            response = notice(request_of_a_visitor("/"), why)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def patiently(look):
    """Return what ``look`` does. Who writes comes first, so it gives up after some seconds."""
    until = monotonic() + PATIENCE
    while True:
        try:
            return look()
        except OperationalError as error:
            if monotonic() > until:
                raise Unavailable(
                    503,
                    "Somebody is saving just now",
                    "Load this page again in a moment to see the preview.",
                ) from error
            sleep(PAUSE)  # a database that is away says so at once


def preview_address(thing, revision, key=None):
    """Return where the preview of ``revision``, the draft of ``thing``, begins: where that shows.

    ``key`` is the number of the draft unless a token is given. Raises Deleted.
    """
    with workflow.laid(thing, revision):
        own = workflow.address_of(state.fresh(thing))
    return inside(reverse("preview", args=[key or revision.pk, ""]), own)


# Who may see what


def is_number(key):
    return key.isdigit() and len(key) <= MOST_DIGITS


def is_token(key):
    return key != ALL and not is_number(key)


def opened(request, key):
    """Return the Preview that ``key`` opens for whoever asks; raise Unavailable if it opens none."""
    revisions = Revision.objects.select_related("base", "user", "content_type")
    if key == ALL:
        # In a fixed order, so that no two previews wait for each other's rows.
        waiting = revisions.pending().order_by("content_type", "object_id")
        return Preview(key, drafts(one for one in waiting if may_see(request, one)))
    revision = revisions.filter(**{"token" if is_token(key) else "pk": key}).first()
    if revision is None:
        raise unknown()
    if not is_token(key) and not may_see(request, revision):
        raise Unavailable(403, "You may not see this draft", "Ask whoever manages the accounts.")
    is_open = revision.is_shared if is_token(key) else revision.is_pending
    found = drafts([revision]) if is_open else []
    if not found:
        raise ended()
    return Preview(key, found, is_shared=is_token(key))


def drafts(revisions):
    """Return a Draft for each of ``revisions`` whose thing is still there."""
    found = []
    for revision in revisions:
        if thing := revision.thing:
            at_desk = admin.site.get_model_admin(type(thing)).address
            found.append(Draft(revision, thing, at_desk(thing), at_desk(thing, "share")))
    return found


def may_see(request, revision):
    model_admin = admin.site.get_model_admin(revision.content_type.model_class())
    return model_admin.has_view_or_change_permission(request)


def unknown():
    return Unavailable(
        404,
        "There is no preview at this address",
        "The address may have a slip in it, or the link was withdrawn. Ask whoever sent it.",
    )


def ended():
    return Unavailable(
        410,
        "This preview has ended",
        "Its draft was changed, published or given up since, or the days of the link are over. Ask "
        "whoever sent it for a new one.",
    )


# What they see


def shown(request, preview, path):
    """Return the page at ``path`` with the drafts of ``preview``."""
    visitor = request_of_a_visitor(path)
    visitor.method = request.method
    visitor.GET = request.GET
    visitor.META["QUERY_STRING"] = request.META.get("QUERY_STRING", "")
    visitor.preview = preview
    with sandbox():
        give_way()
        for draft in preview.drafts:
            draft.lay(preview.address)
        return page(visitor)


def page(visitor):
    """Return the answer of the public site to ``visitor``, its addresses all inside the preview."""
    try:
        visitor.resolver_match = match = resolve(visitor.path)
        if visitor.method not in ("GET", "HEAD") or not is_previewed(match):
            return not_in_preview(visitor)
        with addresses_below(visitor.preview.address):
            response = match.func(visitor, *match.args, **match.kwargs)
    except Http404 as error:
        return elsewhere(visitor, error)
    if "Location" in response:  # made inside the preview
        return HttpResponseRedirect(response["Location"])
    if response["Content-Type"].partition(";")[0] not in SHOWN:
        return not_in_preview(visitor)
    return words_of(response)


def words_of(response):
    """Return ``response`` without its headers: an ETag, how long to keep it, are the public page's."""
    return HttpResponse(
        response.content, status=response.status_code, content_type=response["Content-Type"]
    )


def is_previewed(match):
    return bool({match.view_name, match.app_name} & settings.PREVIEWED)


def elsewhere(visitor, error):
    """Return what the public site answers where it has no page: where else to go, or not found."""
    prefix = visitor.preview.address
    with addresses_below(prefix):
        response = instead(visitor)
    if response is None:
        if is_valid_path(f"{visitor.path}/"):
            return HttpResponseRedirect(inside(prefix, with_query(visitor, f"{visitor.path}/")))
        with addresses_below(prefix):
            return get_resolver().resolve_error_handler(404)(visitor, exception=error)
    if "Location" in response:
        return HttpResponseRedirect(inside(prefix, response["Location"]))
    return words_of(response)


def not_in_preview(visitor):
    why = Unavailable(
        404,
        "This part of the site is not in the preview",
        "A preview shows the pages of the site as visitors will read them. Forms and files are on "
        "the public site only.",
        on_public_site=with_query(visitor, visitor.path),
    )
    with addresses_below(visitor.preview.address):
        return notice(visitor, why)


def notice(request, why):
    return render(
        request,
        "publishing/preview_notice.html",
        why.context | {"canonical": None},
        status=why.status,
    )


def with_query(visitor, path):
    query = visitor.META["QUERY_STRING"]
    return f"{escape_uri_path(path)}?{query}" if query else escape_uri_path(path)


@contextmanager
def addresses_below(prefix):
    """Let ``reverse`` put ``prefix`` before every address that this thread makes."""
    usual = get_script_prefix()
    set_script_prefix(prefix)
    try:
        yield
    finally:
        set_script_prefix(usual)
