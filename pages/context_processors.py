from django.conf import settings
from django.utils.functional import SimpleLazyObject

from .shared import shared


def site(request):
    """What every template may ask for; none of the rows is looked up before one does.

    ``partnership`` is whose site this is and ``page`` the Page at this address; both may be None.
    ``base_url`` is the address of the site without a path; ``canonical`` that of this page, by which
    all others should know it (None where there is no page).
    ``library`` is the sources, to tell whose words are whose.
    """
    rows = SimpleLazyObject(shared)  # a form is shown again even where there is no database
    return {
        "base_url": settings.BASE_URL,
        "canonical": f"{settings.BASE_URL}{request.path}",
        "partnership": SimpleLazyObject(lambda: rows.partnership),
        "page": SimpleLazyObject(lambda: rows.pages.get(request.path)),
        "library": SimpleLazyObject(lambda: rows.library),
    }
