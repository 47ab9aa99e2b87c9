from django.conf import settings
from django.utils.functional import SimpleLazyObject

from publishing import version

from .shared import shared


def site(request):
    """What every template may ask for.

    ``partnership`` is whose site this is and ``page`` the Page at this address; both may be None.
    ``base_url`` is the address of the site without a path; ``canonical`` that of this page, by which
    all others should know it (None where there is no page).
    ``library`` is the sources, to tell whose words are whose.

    Where they must be read anew, none is before a template asks for it.
    """
    rows = shared()
    found = SimpleLazyObject if version.may_lag() else called
    return {
        "base_url": settings.BASE_URL,
        "canonical": f"{settings.BASE_URL}{request.path}",
        "partnership": found(lambda: rows.partnership),
        "page": found(lambda: rows.pages.get(request.path)),
        "library": found(lambda: rows.library),
    }


def called(read):
    return read()
