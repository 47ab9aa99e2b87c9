from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import resolve
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page

from enquiries.models import SPAM_DAYS
from enquiries.purging import LETTER_DAYS
from enquiries.routes import route_for, routes_for
from partners.mark import strokes
from partners.models import Partner
from people.models import Person
from people.names import patterns_of, without_names
from people.team import team
from programmes.catalogue import catalogue, first_programmes
from programmes.models import Figure, Programme, Testimonial
from publishing import retention
from publishing.kept import while_unchanged
from publishing.models import SourceDocument
from publishing.paging import asked_for, in_order, part_of, part_with
from topics.models import Topic

from . import matrix, vcards
from .accessibility import last_tests
from .forms import RouteForm
from .privacy import HOLDINGS, cookies, form_cookie
from .shared import page_at, shared

ROWS = 15  # of the contacts: each is wide, and says whom to ask


def home(request):
    context = {
        "partners": shared().partners,
        "programmes": first_programmes(),
        "figures": Figure.objects.public().filter(is_featured=True).by_kind(),
    }
    return render(request, "pages/home.html", context)


def about(request):
    """About always stands; what a Page at its address says comes with it."""
    pages = shared().pages
    page = pages.get(request.path)
    more = [other for other in pages.values() if other != page and is_prose(other)]
    return render(request, "pages/page_detail.html", with_programmes(page) | {"more": more})


def is_prose(page):
    """Whether ``page`` is all there is at its address: no list or form stands below its words."""
    return resolve(page.path).url_name == "detail"


def page_detail(request):
    page = page_at(request.path)
    if page is None:
        raise Http404
    return render(request, "pages/page_detail.html", with_programmes(page))


def with_programmes(page):
    """Return the context of a page of prose: the programmes below it, and what is said of them."""
    if page is None:
        return {"page": None, "programmes": [], "testimonials": []}
    chosen = set(page.programmes.values_list("pk", flat=True))
    return {
        "page": page,
        "programmes": [one for one in catalogue().values() if one.pk in chosen],
        "testimonials": Testimonial.objects.public().filter(programme__pages=page),
    }


def contacts(request):
    programmes = list(catalogue().values())
    partners = shared().partners
    form = RouteForm(request.GET or None, programmes=programmes, partners=partners)
    chosen = at = None
    if form.is_bound:
        form.is_valid()  # a slip in one choice does not undo the other
        chosen, at = form.cleaned_data.get("programme"), form.cleaned_data.get("at")
    part = asked_for(request, programmes, ROWS, **chosen_in(form))
    routes = dict(routes_for({*part.object_list, chosen, None}, at))
    cells = matrix.cells(part.object_list, partners)
    context = {
        "form": form,
        "about": chosen,
        "route": routes[chosen],
        "programmes": part.object_list,
        "partners": partners,
        "rows": [(one, cells[one], routes[one]) for one in part.object_list],
        "team": team(),
        "part": part,
        "canonical": part.canonical,
    }
    return render(request, "pages/contacts.html", context)


def chosen_in(form):
    """Return the choices that were made in ``form``, as its address carries them."""
    return {name: thing.slug for name, thing in getattr(form, "cleaned_data", {}).items() if thing}


SHARES = "share"
FIGURE_GROUPS = [
    (SHARES, "Shares of a whole"),
    (Figure.Kind.ACHIEVEMENT, "Done and counted"),
    (Figure.Kind.AIM, "Aims"),
    (Figure.Kind.CONTEXT, "Context"),
]


def figures(request):
    return render_figures(request, asked_for(request, all_figures()))


def figure(request, slug):
    """The part of the figures in which one of them stands by now, for links to it."""
    number = part_with(slug, Figure.objects.public().in_groups())
    part = part_of(all_figures(), number, request.path.removesuffix(f"{slug}/"))
    return render_figures(request, part)


@while_unchanged
def all_figures():
    """Return the keys of the public figures, in the order of their page."""
    return list(Figure.objects.public().in_groups().values_list("pk", flat=True))


def render_figures(request, part):
    # What is taken down in between is not shown either.
    part.object_list = in_order(part.object_list, Figure.objects.public())
    programmes = {programme.pk: programme for programme in catalogue().values()}
    are_in_parts = part.has_other_pages()
    groups = {kind: [] for kind, _ in FIGURE_GROUPS}
    for figure in part.object_list:
        # Both are known by now, so that none needs to ask.
        figure.programme = programmes.get(figure.programme_id)
        figure.are_in_parts = are_in_parts
        groups[figure_group(figure)].append(figure)
    context = {
        "groups": [(kind, heading, groups[kind]) for kind, heading in FIGURE_GROUPS],
        "figures": sorted(part.object_list, key=lambda figure: (figure.order, figure.slug)),
        "part": part,
        "canonical": part.canonical,
    }
    return render(request, "pages/figures.html", context)


def figure_group(figure):
    return SHARES if figure.is_share else figure.kind


def source_list(request):
    documents = SourceDocument.objects.defer("text")
    return render(request, "pages/source_list.html", {"documents": documents})


def source_detail(request, slug):
    document = get_object_or_404(SourceDocument, slug=slug)
    gone = patterns_of(Person.objects.gone())
    passages = [(number, without_names(text, gone)) for number, text in document.passages()]
    return render(request, "pages/source_detail.html", {"document": document, "passages": passages})


def accessibility(request):
    return render(request, "pages/accessibility.html", {"tests": last_tests()})


def privacy(request):
    context = {
        "holdings": HOLDINGS,
        "cookies": cookies(),
        "form_cookie": form_cookie(),
        "unanswered_query_days": settings.UNANSWERED_QUERY_DAYS,
        "enquiry_months": settings.ENQUIRY_MONTHS,
        "spam_days": SPAM_DAYS,
        "letter_days": LETTER_DAYS,
        "history_years": retention.YEARS,
    }
    return render(request, "pages/privacy.html", context)


CARDS = {"programmes": Programme, "partners": Partner, "people": Person, "topics": Topic}


@cache_control(public=True, no_cache=True)
@conditional_page
def card(request, kind=None, slug=None):
    """The picture of a shared link: of the site, or of one programme, partner, person or topic."""
    partnership = shared().partnership
    title = name = str(partnership or "")
    if kind is None:
        title = partnership.strapline if partnership else ""
    elif kind in CARDS:
        title = str(get_object_or_404(CARDS[kind].objects.public(), slug=slug))
    else:
        raise Http404
    from .cards import draw  # Pillow takes 4 MiB, and nothing else needs it

    picture = draw(title, name, tuple(strokes(shared().partners)))
    return HttpResponse(picture, content_type="image/png")


@cache_control(public=True, no_cache=True)
@conditional_page
def vcard(request, slug):
    """A person as a contact card, for an address book."""
    person = get_object_or_404(Person.objects.public().with_roles(), slug=slug)
    return HttpResponse(
        vcards.vcard(person, route_for(person), shared().partnership),
        content_type="text/vcard; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, f"{person.slug}.vcf")},
    )
