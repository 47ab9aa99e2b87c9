from django import template

from ..routes import route_for, routes_for
from ..subjects import form_address

register = template.Library()


@register.inclusion_tag("components/contact_route.html", takes_context=True)
def contact_route(context, thing=None, wide=False):
    """Whom to ask about ``thing``: a programme, partner, topic, question, person, or nothing."""
    return {
        "route": route_for(thing),
        "about": thing,
        "wide": wide,
        "partnership": context["partnership"],
    }


@register.simple_tag
def route_to(thing):
    """Return the route to ``thing``, for a page that needs it more than once."""
    return route_for(thing)


@register.simple_tag
def with_routes(things):
    """Return pairs of each thing and its route, for lists, by one query."""
    return routes_for(things)


@register.simple_tag
def write_to(about=None, page="", query="", at=None):
    """Return the address of the form that carries what it is about: see ``form_address``."""
    return form_address(about, page=page, query=query, at=at)
