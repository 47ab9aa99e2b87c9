"""Lists that have grown long: shown in parts, ``?page=2`` and so on, or begun and led on from."""

import re
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import Exists, QuerySet
from django.http import Http404
from django.urls import get_script_prefix

from .addresses import inside

A_PAGE = 40  # of what takes a line or two
A_FEW = 8  # of what stands on the page of something else, with a list of its own beyond that

NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class Part(Page):
    """One part of a list, with the addresses of the others."""

    @property
    def canonical(self):
        """The address by which all others should know this part."""
        return f"{settings.BASE_URL}{self.paginator.address_of(self.number)}"

    def canonical_if(self, is_long):
        """Return ``canonical`` if the list ``is_long``; else that of the page above, which has all of it.

        The page to prefer may hold more than the one that is known by it (RFC 6596, section 3).
        """
        above = self.paginator.path.rstrip("/").rpartition("/")[0]
        return self.canonical if is_long else f"{settings.BASE_URL}{above}/"

    @property
    def is_of_many(self):
        """Whether the list is longer than the page of something else shows of it."""
        return self.paginator.count > A_FEW

    @property
    def previous(self):
        return self.linked(self.number - 1) if self.has_previous() else ""

    @property
    def next(self):
        return self.linked(self.number + 1) if self.has_next() else ""

    @property
    def links(self):
        """Return (number, address) of the first, the last and the nearest parts; "" marks a gap."""
        numbers = self.paginator.get_elided_page_range(self.number, on_each_side=2, on_ends=1)
        return [
            (number, self.linked(number) if isinstance(number, int) else "") for number in numbers
        ]

    def linked(self, number):
        """Return the address of part ``number`` as ``{% url %}`` makes others, inside a preview."""
        address = self.paginator.address_of(number, **self.paginator.kept)
        return inside(get_script_prefix(), address)


class Parts(Paginator):
    """The parts of a list at ``path``, whose links carry the parameters ``kept``."""

    def __init__(self, things, size, path, kept):
        super().__init__(things, size)
        self.path, self.kept = path, kept

    def address_of(self, number, **parameters):
        if number > 1:
            parameters["page"] = number
        return f"{self.path}?{urlencode(parameters)}" if parameters else self.path

    def _get_page(self, things, number, paginator):
        return Part(list(things), number, paginator)


def part_of(things, number, path, size=None, **kept):
    """Return the Part ``number`` of ``things``, which are listed at ``path``.

    ``number`` may be what somebody typed. A part that there is not is not found (Http404), but for
    the first, which may be empty.
    """
    if not NUMBER.fullmatch(str(number)):
        raise Http404
    if isinstance(things, QuerySet):
        # Two of one place stand in the same order each time, and so on one part only.
        order = things.query.order_by or things.model._meta.ordering
        things = things.order_by(*order, "pk")
    try:
        return Parts(things, size or A_PAGE, path, kept).page(int(number))
    except InvalidPage:
        raise Http404 from None


def asked_for(request, things, size=None, **kept):
    """Return the Part of ``things`` that ``?page=`` of ``request`` asks for: see ``part_of``."""
    return part_of(things, request.GET.get("page", "1"), request.path, size, **kept)


def in_order(keys, things):
    """Return those of the queryset ``things`` that have ``keys``, in their order."""
    found = things.in_bulk(keys)
    return [found[key] for key in keys if key in found]


class Beginning(list):
    """The first of some things; ``goes_on`` tells whether there are more."""

    goes_on = False


def beginning(things, most=None):
    """Return the Beginning of ``things``: of a queryset by one query."""
    most = most or A_FEW
    found = list(things[: most + 1])
    first = Beginning(found[:most])
    first.goes_on = len(found) > most
    return first


def is_long(things, size=None):
    """Whether the queryset ``things`` takes more than one part."""
    size = size or A_PAGE
    return things[size : size + 1].exists()


def longer_than_a_page(things, size=None):
    """Return the expression for ``is_long``, to annotate other queries with it."""
    size = size or A_PAGE
    return Exists(things[size : size + 1])


def part_with(slug, things, size=None):
    """Return the number of the part in which the queryset ``things``, in order, has ``slug``.

    Raises Http404 where it has not.
    """
    slugs = list(things.values_list("slug", flat=True))
    if slug not in slugs:
        raise Http404
    return 1 + slugs.index(slug) // (size or A_PAGE)
