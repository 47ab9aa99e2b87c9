from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


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
