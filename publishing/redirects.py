"""Addresses where nothing stands any more: those that lead on, and those that say why not.

The first are of earlier sites, and of pages that were renamed; the others of what was taken down.
"""

from django.apps import apps
from django.http import HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from .addresses import answers, as_target, known_by, own_path, path_of
from .models import Content, Gone, Redirect


class RedirectMiddleware:
    """Sends visitors of an old address on, where the site itself has nothing for them.

    Where what stood there was taken down, it says so (410) instead of “not found”.

    The innermost middleware: it sees that nothing is there before CommonMiddleware adds a slash,
    which would be one more step.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 404 and request.method in ("GET", "HEAD"):
            return instead(request) or response
        return response


def instead(request):
    """Return the answer that visitors get instead of “not found”, or None."""
    path = request.path_info
    redirect = Redirect.objects.nearest_to(path)
    if redirect:
        if target := onward(redirect, path):
            return moved_to(target)
        path = path_of(redirect.leads_to)
    gone = Gone.objects.of(path)
    return taken_down(request, gone) if gone else None


def onward(redirect, path):
    """Return where ``redirect`` sends visitors of ``path``, or None where they would find nothing.

    What is not public stays unknown so, and its address as well. A file of a page that was renamed,
    such as its picture, or a list of its own is found where the page of this site is to which that
    leads.
    """
    tail = known_by(path).removeprefix(redirect.old_address)
    if not tail:
        return redirect.leads_to if redirect.arrives() else None
    target = as_target(path_of(redirect.leads_to).rstrip("/") + tail)
    return target if target.startswith("/") and answers(target) else None


def moved_to(address):
    """Return the answer that sends visitors to ``address``."""
    response = HttpResponsePermanentRedirect(address)
    # Browsers keep a 301 for ever. Of a page renamed back they would keep both, and go in circles.
    patch_cache_control(response, public=True, no_cache=True)
    return response


def taken_down(request, gone):
    """Return the answer that says why nothing stands here any more, and where else to go."""
    context = {
        "gone": gone,
        "leads_on": gone.arrives(),
        "canonical": None,  # there is no page to be known by
    }
    response = render(request, "410.html", context, status=410)
    # Whoever kept it would not see that the page is back (RFC 9110, 15.5.11).
    patch_cache_control(response, public=True, no_cache=True)
    return response


# Chains, so that nobody is ever sent on twice


def fold_onwards(instance, **kwargs):
    """Before a redirect is saved: let it lead to where its target leads by now."""
    instance.leads_to = instance.others.end_of(instance.leads_to)


def fold_backwards(instance, **kwargs):
    """After a redirect is saved: let those that lead to its old address lead where it does."""
    old_address = known_by(instance.old_address)
    for redirect in instance.others:
        if redirect.leads_to.startswith("/") and known_by(redirect.leads_to) == old_address:
            redirect.leads_to = instance.leads_to
            redirect.save(update_fields=["leads_to"])


# Pages that are renamed


def models_with_addresses():
    return [
        model
        for model in apps.get_models()
        if issubclass(model, Content) and hasattr(model, "get_absolute_url")
    ]


def note_address(sender, instance, raw, **kwargs):
    """Before something is saved: note whether its address changes, and whether it was public."""
    instance.moved_from = None
    if raw:  # fixtures: nothing in them was renamed
        return
    before = sender.objects.filter(pk=instance.pk).first()
    if before and before.get_absolute_url() != instance.get_absolute_url():
        was_public = sender.objects.public().filter(pk=instance.pk).exists()
        instance.moved_from = (before.get_absolute_url(), was_public)


def lead_on(instance, **kwargs):
    """After it is saved: let the address that it had lead to the one it has.

    Not where something still stands, as a list does without the Page of its opening words, and not
    for a mere place on a page, since browsers keep what follows the # to themselves. Only an address
    that visitors could know gets a redirect; those that led to it are led on in any case. Files and
    lists of the page need none of their own: see ``onward``.
    """
    if not instance.moved_from:
        return
    before, was_public = instance.moved_from
    path = own_path(before)
    if not path or answers(path):
        return
    after = instance.get_absolute_url()
    Redirect.objects.filter(old_address=after).delete()  # renamed back: it would lead to itself
    if was_public:
        Redirect.objects.update_or_create(
            old_address=known_by(before), defaults={"leads_to": after, "reason": "Renamed."}
        )
    else:
        fold_backwards(Redirect(old_address=before, leads_to=after))
