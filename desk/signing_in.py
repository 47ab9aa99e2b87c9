"""Signing in again: whoever is signed out while a form of the desk is open loses no word of it.

What was posted comes back in hidden fields of a page of ours. From there it is posted once more, to
the same address, by whoever signs in. A password is never among it.
"""

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.auth import login
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from enquiries.views import csrf_failure as csrf_failure_elsewhere

PREFIX = "sign_in_again"  # of the two fields of the sign-in: no form of the desk has such names
OURS = (f"{PREFIX}-username", f"{PREFIX}-password", "csrfmiddlewaretoken")


def typed(request):
    """Return what was posted to the desk itself, without what a page of ours added."""
    words = request.POST.copy()
    for name in OURS:
        words.pop(name, None)
    return words


def may_come_back(request):
    """Whether what was posted may stand in a page: no password may, and signing out is no loss."""
    return (
        request.method == "POST"
        and request.resolver_match.view_name != "admin:logout"
        and not any("password" in name for name in typed(request))
    )


@csrf_protect
@never_cache
@sensitive_post_parameters()
def sign_in_again(request, site, carry_out):
    """Ask whoever posted ``request`` to sign in, and answer by ``carry_out`` once they have.

    Until then the answer is 403, never 200, which would say that something was done. (401 is for
    the schemes of HTTP itself: RFC 9110, 15.5.2.)
    """
    was_tried = OURS[0] in request.POST
    form = sign_in_form(request, site, request.POST if was_tried else None)
    if not form.is_valid():
        return page(request, site, form)
    login(request, form.get_user())
    # Signing in made a new token. Views of the admin look for it in the cookie once more, and those
    # that throw an answer away (a sandbox) would throw the new cookie away as well.
    request.COOKIES[settings.CSRF_COOKIE_NAME] = request.META["CSRF_COOKIE"]
    request.POST = typed(request)
    response = carry_out()
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    return response


def sign_in_form(request, site, data=None):
    return (site.login_form or AdminAuthenticationForm)(request, data, prefix=PREFIX)


def page(request, site, form):
    """Show the page that carries what was posted; without a ``form`` it is only to be sent again."""
    words = typed(request)
    what = "Sign in" if form else "Send it"
    context = site.each_context(request) | {
        "title": f"{what} again: nothing that you typed is lost",
        "form": form,
        "words": [(name, value) for name, values in words.lists() for value in values],
        "is_popup": IS_POPUP_VAR in words or IS_POPUP_VAR in request.GET,
    }
    return render(request, "admin/sign_in_again.html", context, status=403)


@never_cache
@sensitive_post_parameters()
def csrf_failure(request, reason=""):
    """Refuse what may come from another site's page; of a form of the desk, lose nothing by it.

    Signing in changes the token, so a form that was opened before fails when its user has signed in
    by another page since. Its words come back, under a button, but only where the browser
    itself says that a page of ours sent them: no other site can write the header Origin.
    """
    here = request.resolver_match
    is_ours = here and here.app_name == "admin" and comes_from_us(request)
    if not is_ours or not may_come_back(request):
        return csrf_failure_elsewhere(request, reason)
    form = None if admin.site.has_permission(request) else sign_in_form(request, admin.site)
    return page(request, admin.site, form)


def comes_from_us(request):
    own = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") in (own, *settings.CSRF_TRUSTED_ORIGINS)
