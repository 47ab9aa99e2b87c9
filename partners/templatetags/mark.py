from django import template

from ..mark import draw_map

register = template.Library()


@register.inclusion_tag("components/map.html")
def partner_map(partners, linked=False):
    """The partners on their true bearings and distances; ``linked`` makes doors of their names."""
    return {"map": draw_map(partners), "linked": linked}
