from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page

from .mark import strokes
from .models import Partner


def partner_list(request):
    return render(request, "partners/partner_list.html", {"partners": Partner.objects.public()})


def partner_detail(request, slug):
    partner = get_object_or_404(Partner.objects.public(), slug=slug)
    return render(request, "partners/partner_detail.html", {"partner": partner})


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
