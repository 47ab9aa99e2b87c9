from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.contrib.sitemaps import views as sitemaps
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, connection
from django.http import HttpResponse, HttpResponseBadRequest
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import conditional_page, require_safe

from .sitemaps import PublicPages

# The day on which this process started: that of the release, the same for all workers of a start.
STARTED_ON = datetime.now(UTC).date()


class HealthMiddleware:
    """Answers for the site's health whatever Host is asked: who watches it asks from inside."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return healthz(request) if request.path == "/healthz" else self.get_response(request)


@require_safe
@never_cache
def healthz(request):
    """For whoever watches the site: can this process read the database?"""
    try:
        with connection.cursor() as cursor:
            # SQLite answers SELECT 1 without opening its file; this table is in every
            # migrated database.
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except DatabaseError:
        return HttpResponse("the database cannot be read\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")


def bad_request(request, exception):
    """Refuse what cannot be read.

    Django's own view looks for the form's token first: it would try to read the form again, and fail.
    """
    if request.method == "POST" and isinstance(exception, TOO_LARGE):
        return content_too_large()
    return HttpResponseBadRequest(render_to_string("400.html"))


TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def content_too_large():
    """Refuse a form that is longer than the settings allow (RFC 9110, 15.5.14): Django says 400."""
    allowed = {
        "size": filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        "fields": f"{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,}",
    }
    return HttpResponse(render_to_string("413.html", allowed), status=413)


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def sitemap(request):
    """For search engines: every public page, and when it last changed."""
    return sitemaps.sitemap(request, {"pages": PublicPages})


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def robots(request):
    """For search engines: what they may read, which is all but the admin (RFC 9309)."""
    lines = [
        "User-agent: *",
        f"Disallow: {reverse('admin:index')}",
        "",
        f"Sitemap: {absolute('sitemap')}",
    ]
    return text_file(lines)


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def security(request):
    """For whoever finds a hole in the site: whom to tell (RFC 9116).

    Without an address for that, the form for enquiries. It expires within a year of the
    start, as the RFC recommends, so that the file of a site that nobody tends says so.
    """
    expires = datetime.combine(STARTED_ON, time(), UTC) + timedelta(days=364)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT or absolute('enquiries:form')}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {absolute('security')}",
    ]
    return text_file(lines)


def absolute(name):
    """Return the address of the page or file of that name on the public site."""
    return f"{settings.BASE_URL}{reverse(name)}"


def text_file(lines):
    return HttpResponse(
        "".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8"
    )
