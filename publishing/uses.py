"""Where something is used: what relates to it, what links to it, and what goes when it goes."""

import re
from collections import defaultdict
from contextlib import contextmanager
from html import unescape
from typing import NamedTuple

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Cast
from django.urls import reverse

from .addresses import answers, known_by, own_path, path_of
from .fields import RichTextField
from .models import Child, Content, Gone, Plan, Publishable, Redirect
from .models.revisions import publishable_models
from .sandbox import sandbox
from .state import capital
from .workflow import address_of

HREF = re.compile(r'href="([^"]*)"')


class Use(NamedTuple):
    thing: models.Model
    address: str  # of its form at the desk; "" for whoever may not open that
    is_public: bool

    @property
    def name(self):
        """What it is called, but for whoever may see it neither here nor on the site."""
        return str(self.thing) if self.address or self.is_public else "something you may not see"


class Group(NamedTuple):
    what: str
    uses: list[Use]


def of(thing, request, site):
    """Return a Group for each way in which others use ``thing``, for the user of ``request``.

    It takes a query for each relation and each kind of text that there can be, however many use it.
    """
    found = [*related(thing), *linking(thing), *leading(thing)]
    return [Group(what, opened(things, request, site)) for what, things in found if things]


def opened(things, request, site):
    """Return a Use of each of ``things``, with the form at ``site`` where the user may open it."""
    return [
        Use(thing, form_of(thing, request, site), getattr(thing, "visible", True))
        for thing in things
    ]


def form_of(thing, request, site):
    model = type(thing)
    admin = site.get_model_admin(model) if site.is_registered(model) else None
    if admin is None or not admin.has_view_or_change_permission(request):
        return ""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return reverse(name, args=[thing.pk], current_app=site.name)


# By a relation


def related(thing):
    """Yield (what, things) for each relation that leads to ``thing`` from others."""
    for relation in relations_to(type(thing)):
        model, field = relation.related_model, relation.field
        if parent := parent_of(model):
            what = f"{capital(parent.related_model._meta.verbose_name)}: {model._meta.verbose_name}"
            path = f"{parent.related_query_name()}__{field.name}"
            yield f"{what}, {field.verbose_name}", holding(parent.related_model, {path: thing})
        else:
            what = f"{capital(model._meta.verbose_name)}: {field.verbose_name}"
            yield what, holding(model, {field.name: thing})


def relations_to(model):
    """Return the relations from content to ``model``, but for those of its own parts.

    Nor those that only the desk knows of, such as its owner: no page says them.
    """
    relations = [
        field
        for field in model._meta.get_fields(include_hidden=True)
        if field.auto_created
        and field.is_relation
        and not field.concrete
        and issubclass(field.related_model, Content)
    ]
    through = {getattr(relation, "through", None) for relation in relations}
    return [
        relation
        for relation in relations
        if relation.related_model not in through
        and relation.name not in getattr(model, "versioned_children", ())
        and relation.field.name not in getattr(relation.related_model, "never_shown", ())
        and not is_own_topic(relation)
    ]


def is_own_topic(relation):
    """Whether it leads from a topic of something to that, by the name that taggit gives it."""
    return relation.field.name == "content_object"


def parent_of(model):
    """Return the field by which a part belongs to its parent; None for what is no part."""
    if not issubclass(model, Child) or issubclass(model, Publishable):
        return None
    return next(
        field
        for field in model._meta.concrete_fields
        if field.is_relation
        and field.remote_field.name in getattr(field.related_model, "versioned_children", ())
    )


def holding(model, lookup):
    """Return the rows of ``model`` that ``lookup`` finds, each with whether visitors see it."""
    rows = model._base_manager.filter(pk__in=model._base_manager.filter(**lookup).values("pk"))
    return list(with_visible(model, rows))


def with_visible(model, rows):
    rows = rows.select_related()  # what the names of some of them need
    if not issubclass(model, Publishable):
        return rows
    return rows.annotate(visible=Exists(model.objects.public().filter(pk=OuterRef("pk"))))


# By a link


def linking(thing):
    """Yield (what, things) of the texts with a link to the address of ``thing``."""
    address = address_of(thing)
    if not address:
        return
    for model, fields in texts():
        parent = parent_of(model)
        rows = model._base_manager.filter(mentions(address, fields))
        if parent:
            rows = rows.select_related(parent.name)
        keys = {
            row.pk if parent is None else getattr(row, parent.attname)
            for row in rows
            if any(links_to(address, getattr(row, field)) for field in fields)
        }
        owner = parent.related_model if parent else model
        if keys - ({thing.pk} if isinstance(thing, owner) else set()):
            what = f"{capital(owner._meta.verbose_name)}: a link in its text"
            yield what, [one for one in holding(owner, {"pk__in": keys}) if one != thing]


def texts():
    """Return [(model, names of its fields of rich text)] of all content that has any."""
    found = []
    for model in apps.get_models():
        fields = [one.name for one in model._meta.concrete_fields if isinstance(one, RichTextField)]
        if fields and issubclass(model, Content):
            found.append((model, fields))
    return found


def mentions(address, fields):
    """Return what finds the rows that may lead to ``address``; ``leads_to`` decides."""
    stem = path_of(address).rstrip("/")
    condition = Q()
    for field in fields:
        condition |= Q(**{f"{field}__icontains": stem})
    return condition


def links_to(address, html):
    return any(leads_to(address, unescape(link)) for link in HREF.findall(html))


def leads_to(address, link):
    """Whether ``link`` leads to ``address``; to a place on a page only if it names that place."""
    place = "" if own_path(address) else address.partition("#")[2]
    return known_by(link) == known_by(address) and place in ("", link.partition("#")[2])


def leading(thing):
    """Yield (what, things) of the addresses that lead to that of ``thing``, or are to lead there."""
    address = address_of(thing)
    if not address:
        return
    for model in (Redirect, Gone):
        rows = model.objects.filter(mentions(address, ["leads_to"]))
        yield (
            capital(model._meta.verbose_name),
            [row for row in rows if leads_to(address, row.leads_to)],
        )
    plans = Plan.objects.filter(mentions(address, ["leads_to"])).select_related("content_type")
    keys = [
        (plan.content_type.model_class(), plan.object_id)
        for plan in plans
        if leads_to(address, plan.leads_to)
    ]
    yield "To be taken down, and to lead here", things_of(keys)


def things_of(keys):
    """Return the rows of ``keys``, pairs of model and key, with a query for each model."""
    by_model = defaultdict(list)
    for model, key in keys:
        by_model[model].append(key)
    return [
        row
        for model, pks in by_model.items()
        for row in with_visible(model, model._base_manager.filter(pk__in=pks))
    ]


# What goes with it


def goes_with(thing, request, site):
    """Return a Group for each kind of things that visitors no longer see without ``thing``.

    It is tried out and looked at, so it is right whatever makes them depend on it.
    """
    before = public_keys()
    with without(thing):
        after = public_keys()
    own = (type(thing), type(thing)._meta.pk.to_python(thing.pk))
    groups = defaultdict(list)
    for one in things_of(sorted(before - after - {own}, key=str)):
        groups[type(one)].append(one)
    return [
        Group(capital(model._meta.verbose_name_plural), opened(things, request, site))
        for model, things in groups.items()
    ]


def without_those_of(groups, others):
    """Return ``groups`` without what is in ``others`` as well."""
    known = {use.thing for group in others for use in group.uses}
    kept = [
        Group(group.what, [use for use in group.uses if use.thing not in known]) for group in groups
    ]
    return [group for group in kept if group.uses]


def leaves_an_address(thing):
    """Whether ``thing`` is all there is at its address, so that nothing stands there without it."""
    path = own_path(address_of(thing))
    if not path:
        return False
    with without(thing):
        return not answers(path)


@contextmanager
def without(thing):
    """See the site as it is without ``thing``, in a sandbox."""
    with sandbox():
        type(thing)._base_manager.filter(pk=thing.pk).update(is_published=False)
        yield


def public_keys():
    """Return {(model, key)} of all that visitors may see, by one query."""
    by_label = {model._meta.label: model for model in publishable_models()}
    first, *others = (
        model.objects.public()
        .order_by()
        .values_list(Value(label, output_field=models.TextField()), Cast("pk", models.TextField()))
        for label, model in by_label.items()
    )
    rows = first.union(*others, all=True)
    return {(by_label[label], by_label[label]._meta.pk.to_python(key)) for label, key in rows}
