"""C, what else the site is held against: one view without a database, in a Django without middleware."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import re_path

from .bare import ANSWERS, address_of


def constant(request):
    status, headers, body = ANSWERS[address_of(request.META)]
    return HttpResponse(body, status=int(status.split()[0]), headers=dict(headers))


urlpatterns = [re_path("", constant)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[])
application = get_wsgi_application()
