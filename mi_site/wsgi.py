"""The site as a WSGI application, for gunicorn or any other server: Django behind the page cache.

All that a request needs is loaded here, but for what is in the database, so that workers can share
it (--preload). It stays for good: to look for garbage in it would take a tenth of the time while it
loads, and copy it to each worker later.
"""

import gc
import os
import sys
from importlib import import_module

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.template import engines

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mi_site.settings")

try:
    gc.disable()
    application = get_wsgi_application()
except (ImproperlyConfigured, ImportError) as error:
    print(f"The site cannot start: {' '.join(str(error).split())}", file=sys.stderr)  # noqa: T201
    # gunicorn's own code for an application that fails to load: it stops, and doesn't try again.
    sys.exit(4)

from .page_cache import in_front_of

# Django would load both with the first request.
import_module(settings.ROOT_URLCONF)
engines.all()

if not settings.DEBUG:  # whoever edits a template sees it at once, under runserver
    application = in_front_of(application)
gc.freeze()
gc.enable()
