from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


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
