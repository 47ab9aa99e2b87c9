"""What was published, the newest first: a page of its own, and a feed (Atom, RFC 4287)."""

from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from people.models import Person
from people.names import patterns_of, without_names
from publishing.kept import while_unchanged
from publishing.models import ContentVersion, Update
from publishing.paging import asked_for, in_order

from .shared import shared

A_PAGE = 50  # and as many in the feed
TITLE = "What is new"


def updates(request):
    """Show the part ``?page=`` of the list; a part that there is not is not found."""
    part = asked_for(request, public_updates(), A_PAGE)
    part.object_list = without_the_gone(in_order(part.object_list, Update.objects))
    context = {"part": part, "canonical": part.canonical, "otherwise": TITLE}
    return render(request, "pages/updates.html", context)


@while_unchanged
def public_updates():
    """Return the keys of the updates of what visitors may see now, the newest first.

    To find them takes a question of every kind of content, and a page shows few of them.
    """
    return list(Update.objects.public().values_list("pk", flat=True))


def without_the_gone(updates):
    """Return ``updates`` without the names of those who have left in their notes."""
    gone = patterns_of(Person.objects.gone())
    for update in updates:
        update.note = without_names(update.note, gone)
    return updates


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def feed(request):
    """The newest updates, for readers of feeds."""
    partnership = shared().partnership
    name = partnership.name if partnership else ""
    atom = Feed(
        title=" · ".join(filter(None, [TITLE, name])),
        link=absolute(reverse("pages:updates")),
        description=None,
        feed_url=absolute(reverse("pages:updates_feed")),
        author_name=name or "Whoever runs this site",  # RFC 4287, 4.1.1: somebody must be
        language="en-GB",
    )
    newest = in_order(public_updates()[:A_PAGE], Update.objects.select_related("content_type"))
    for update in without_the_gone(newest):
        atom.add_item(
            title=f"{update.kind}: {update.title}",
            link=absolute(update.address),
            description=escape(update.note) if update.note else None,  # it is written as HTML
            unique_id=permanent_id(update),
            pubdate=update.published_at,
            updateddate=update.published_at,
        )
    return HttpResponse(atom.writeString("utf-8"), content_type=Feed.content_type)


class Feed(Atom1Feed):
    def latest_post_date(self):
        """Return when the newest entry was published; without any, when content last changed."""
        if self.items:
            return super().latest_post_date()
        return ContentVersion.objects.get().moved_at


def permanent_id(update):
    """Return what readers of the feed know ``update`` by, though its thing and the site be renamed.

    RFC 4287, 4.2.6: it never changes, and nothing else has it.
    """
    kind = update.content_type
    told = (kind.app_label, kind.model, update.object_id, update.published_at.isoformat())
    return uuid5(NAMESPACE_URL, "/".join(told)).urn


def absolute(address):
    return f"{settings.BASE_URL}{address}"
