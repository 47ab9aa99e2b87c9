from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page

from publishing.paging import asked_for, beginning

from .mark import strokes
from .models import Partner


def partner_list(request):
    return render(request, "partners/partner_list.html", {"partners": Partner.objects.public()})


def partner_detail(request, slug):
    partner = get_object_or_404(Partner.objects.public(), slug=slug)
    context = {
        "partner": partner,
        "roles": beginning(partner.roles.public().with_people()),
        "participations": beginning(partner.participations.public().by_programme()),
    }
    return render(request, "partners/partner_detail.html", context)


def partner_people(request, slug):
    partner = get_object_or_404(Partner.objects.public(), slug=slug)
    part = asked_for(request, partner.roles.public().with_people())
    context = {"partner": partner, "part": part, "canonical": part.canonical_if(part.is_of_many)}
    return render(request, "partners/partner_people.html", context)


def partner_programmes(request, slug):
    partner = get_object_or_404(Partner.objects.public(), slug=slug)
    part = asked_for(request, partner.participations.public().by_programme())
    context = {"partner": partner, "part": part, "canonical": part.canonical_if(part.is_of_many)}
    return render(request, "partners/partner_programmes.html", context)


def drawing(template, gap):
    """Return a view of the mark as SVG; ``gap`` is between the strokes of one bearing."""

    @cache_control(public=True, no_cache=True)
    @conditional_page
    def view(request):
        drawn = [
            (stroke, round(stroke.side * gap, 2)) for stroke in strokes(Partner.objects.public())
        ]
        return render(request, template, {"strokes": drawn}, content_type="image/svg+xml")

    return view


mark = drawing("partners/mark.svg", gap=4.6)
favicon = drawing("partners/favicon.svg", gap=7.2)  # wider apart: the other goes grey at 16 px
