from functools import wraps

from django.http import Http404, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, conditional_page, require_safe

from publishing import version

from .fields import POSITION, PROVENANCE, WHOM_TO_ASK
from .files import as_of, csv_file, json_file
from .kinds import BY_NAME, counts
from .schemas import data_package, json_schema, shape


def data(request):
    """What there is, for people; it is made from the same list as the files."""
    context = {
        "counts": counts(),
        "as_of": as_of(),
        "shared_fields": [POSITION, *PROVENANCE],
        "route_fields": WHOM_TO_ASK,
    }
    return render(request, "pages/data.html", context)


def for_every_site(view):
    """Let the answer be read by a script on a page of any site: it is the same for everybody.

    The Cross-Origin-Resource-Policy of all answers stays as it is. It keeps other sites from
    showing our pages and pictures as their own; a script that asks by CORS is not held by it.
    """

    @wraps(view)
    def readable(*args, **kwargs):
        response = view(*args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag"
        return response

    return readable


def etag(request, kind):
    return f'"{version.current()}-{shape()}"'


def file_view(write, content_type):
    """Return the view of one of the files that ``write`` makes, one for each kind."""

    @require_safe
    @for_every_site
    @cache_control(public=True, no_cache=True)
    @condition(etag_func=etag)
    def view(request, kind):
        if kind not in BY_NAME:
            raise Http404
        return StreamingHttpResponse(write(BY_NAME[kind]), content_type=content_type)

    return view


data_json = file_view(json_file, "application/json")
data_csv = file_view(csv_file, "text/csv; charset=utf-8")


def description_view(describe, content_type):
    """Return the view of what ``describe`` says of all files. Its ETag is worked out from that."""

    @require_safe
    @for_every_site
    @cache_control(public=True, no_cache=True)
    @conditional_page
    def view(request):
        return JsonResponse(
            describe(), content_type=content_type, json_dumps_params={"ensure_ascii": False}
        )

    return view


data_schema = description_view(json_schema, "application/schema+json")
data_package_json = description_view(data_package, "application/json")
