from django.conf import settings
from django.utils.functional import SimpleLazyObject

from partners.models import Partnership
from publishing.models import SourceDocument
from publishing.provenance import Library

from .models import Page


def site(request):
    """What every template may ask for; neither is looked up until one does.

    ``partnership`` is whose site this is and ``page`` the Page at this address; both may be None.
    ``base_url`` is the address of the site without a path; ``canonical`` that of this page, by which
    all others should know it (None where there is no page).
    ``library`` is the sources, to tell whose words are whose.
    """
    return {
        "base_url": settings.BASE_URL,
        "canonical": f"{settings.BASE_URL}{request.path}",
        "partnership": SimpleLazyObject(Partnership.objects.select_related("general_route").first),
        "page": SimpleLazyObject(
            Page.objects.public().prefetch_related("passages").filter(path=request.path).first
        ),
        "library": SimpleLazyObject(lambda: Library(SourceDocument.objects.all())),
    }
