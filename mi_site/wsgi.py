"""The site as a WSGI application, for gunicorn or any other server: Django behind the page cache."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mi_site.settings")

try:
    application = get_wsgi_application()
except (ImproperlyConfigured, ImportError) as error:
    print(f"The site cannot start: {' '.join(str(error).split())}", file=sys.stderr)  # noqa: T201
    # gunicorn's own code for an application that fails to load: it stops, and doesn't try again.
    sys.exit(4)

from .page_cache import in_front_of

application = in_front_of(application)
