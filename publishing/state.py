"""The state of something: its fields, choices and parts, as JSON can hold them.

A State is a dict with a key for each field that staff edit. A choice of several (many-to-many) and
the parts of something are dicts again, by key: ``{"3": {}, "7": {}}`` and ``{uuid: {field:
value}}``, so that two people who choose or write different ones both get their way. A key that a
State lacks is left as it is, and one that the model no longer has is passed over.
"""

import json
from typing import Any, NamedTuple

from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import UniqueConstraint
from django.utils.encoding import is_protected_type

NEVER_DRAFTED = {"is_published"}  # publishing and taking down set it, and nothing else


class Difference(NamedTuple):
    """What differs between two States: a field, a choice, or a part or a field of it.

    ``part`` is the key of a choice or a part, ``field`` a field of that part; None for what does
    not apply. Of a choice or a part that is missing on one side, that side is None.
    """

    key: str
    part: str | None
    field: str | None
    before: Any
    after: Any

    @property
    def place(self):
        return self[:3]


class Problem(NamedTuple):
    """A value that could not be used: where it stands, why, and whether it keeps from publishing."""

    key: str
    part: str | None
    field: str | None
    message: str
    blocks: bool = True


# What differs


def differences(before, after):
    """Yield each Difference between two States, in the order of ``after``."""
    for key, value in after.items():
        old = before.get(key)
        if not isinstance(value, dict):
            if key not in before or old != value:
                yield Difference(key, None, None, old, value)
            continue
        old = old or {}
        for part in [*old, *(part for part in value if part not in old)]:
            if part not in old or part not in value:
                yield Difference(key, part, None, old.get(part), value.get(part))
            else:
                for found in differences(old[part], value[part]):
                    yield Difference(key, part, found.key, found.before, found.after)


def same(before, after):
    return next(differences(before, after), None) is None


def merged(now, before, after):
    """Return the State ``now`` with all that differs between ``before`` and ``after``."""
    result = dict(now)
    for key, value in after.items():
        if isinstance(value, dict):
            result[key] = merged_parts(now.get(key, {}), before.get(key, {}), value)
        elif key not in before or before[key] != value:
            result[key] = value
    return result


def merged_parts(now, before, after):
    result = {part: state for part, state in now.items() if part in after or part not in before}
    for part, state in after.items():
        if part not in before:
            result[part] = state
        elif state != before[part]:
            result[part] = merged(now.get(part, state), before[part], state)
    return result


# Reading


def fields_of(model, parent=None):
    """Return the fields of ``model`` that a State holds; ``parent`` is the one a part belongs by."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.editable
        and not field.primary_key
        and field is not parent
        and field.name not in NEVER_DRAFTED
    ]


def choices_of(model):
    """Return the choices of several that a State holds."""
    return [field for field in model._meta.many_to_many if field.editable]


def parts_of(model):
    """Return the relations to the parts that a State holds."""
    return [model._meta.get_field(name) for name in getattr(model, "versioned_children", ())]


def in_order(model, state):
    """Return ``state`` with its keys in the order of the fields of ``model``.

    PostgreSQL keeps no order of the keys of what it stores as JSON.
    """
    parts = {relation.name: relation.related_model for relation in parts_of(model)}
    known = [field.name for field in [*fields_of(model), *choices_of(model)]] + list(parts)
    places = {key: place for place, key in enumerate(known)}
    return {
        key: {part: in_order(parts[key], values) for part, values in state[key].items()}
        if key in parts
        else state[key]
        for key in sorted(state, key=lambda key: places.get(key, len(places)))
    }


def read(thing):
    """Return the State of ``thing`` as the database holds it."""
    return read_row(fresh(thing))


def read_row(row):
    """Return the State of ``row``, which was just read from the database."""
    model = type(row)
    state = read_fields(row, fields_of(model))
    for field in choices_of(model):
        chosen = field.value_from_object(row)
        state[field.name] = {str(pk): {} for pk in sorted(one.pk for one in chosen)}
    for relation in parts_of(model):
        parts = getattr(row, relation.get_accessor_name()).all()
        fields = fields_of(relation.related_model, relation.field)
        state[relation.name] = {str(part.pk): read_fields(part, fields) for part in parts}
    return json.loads(json.dumps(state, cls=DjangoJSONEncoder))


def fresh(thing):
    return type(thing)._base_manager.get(pk=thing.pk)


def read_fields(row, fields):
    """Return {name: value}, as Django's own serialisers write them."""
    values = {}
    for field in fields:
        value = field.value_from_object(row)
        values[field.name] = value if is_protected_type(value) else field.value_to_string(row)
    return values


# Writing


def write(thing, state, now=None):
    """Let the rows of ``thing`` hold ``state``; return a Problem for each value that they can't.

    Those stay as they are in the database. Only what differs from ``now``, which is what the rows
    hold, is written, so this costs little where little does. Call it in a transaction.
    """
    row = fresh(thing)
    return write_row(row, state, now or read_row(row))


def write_row(row, state, now):
    """Do as ``write`` does to ``row``, which was just read from the database."""
    model = type(row)
    problems = []
    changed = changed_fields(state, now, fields_of(model))
    if changed:
        problems += write_fields(row, changed)
        row.save()
    for field in choices_of(model):
        if field.name in state and state[field.name] != now[field.name]:
            problems += write_choice(row, field, state[field.name])
    for relation in parts_of(model):
        if relation.name in state and state[relation.name] != now[relation.name]:
            problems += write_parts(row, relation, now[relation.name], state[relation.name])
    return problems


def changed_fields(state, now, fields):
    return {
        field: state[field.name]
        for field in fields
        if field.name in state and state[field.name] != now.get(field.name)
    }


def write_fields(row, values, key=None, part=None):
    """Set ``values`` ({field: value}) on ``row``, unsaved; return the Problems of those it can't hold."""

    def problem(field, message, **how):
        place = (field.name, None, None) if key is None else (key, part, field.name)
        return Problem(*place, message, **how)

    problems, held = [], {}
    for field, value in values.items():
        held[field] = getattr(row, field.attname)
        try:
            value = field.to_python(value)
        except ValidationError as error:
            problems.append(problem(field, " ".join(error.messages)))
            continue
        if field.is_relation and value is not None and not target_of(field, value):
            problems.append(problem(field, "What it names was deleted.", blocks=False))
        else:
            setattr(row, field.attname, value)
    while found := refused(row, held):  # again without them, since rules may be about several
        for field, message in found:
            setattr(row, field.attname, held.pop(field))
            problems.append(problem(field, message))
    return problems


def target_of(field, value):
    related = field.remote_field
    return related.model._base_manager.filter(**{related.field_name: value}).first()


def refused(row, candidates):
    """Return [(field, message)] of the fields among ``candidates`` without which ``row`` is valid.

    ``candidates`` is {field: value before}.
    """
    messages = errors_of(row, candidates)
    if NON_FIELD_ERRORS in messages:
        guilty = breakers(row, candidates)
        return [(field, " ".join(messages[NON_FIELD_ERRORS])) for field in guilty]
    guilty = [field for field in candidates if field.name in messages]
    return [(field, " ".join(messages[field.name])) for field in guilty]


def breakers(row, candidates):
    """Return the field among ``candidates`` without which no rule about several is broken, or all.

    ``candidates`` is {field: value before}.
    """
    for field, before in candidates.items():
        value = getattr(row, field.attname)
        setattr(row, field.attname, before)
        messages = errors_of(row, candidates)
        setattr(row, field.attname, value)
        if NON_FIELD_ERRORS not in messages:
            return [field]
    return list(candidates)


def errors_of(row, fields):
    """Return {name: messages} of what is wrong with ``fields`` of ``row``, and with rules about them.

    What else is wrong was so before. To look for it would cost queries, too.
    """
    names = {field.name for field in fields}
    constraints = [
        constrained(constraint)
        for _, constraints in row.get_constraints()
        for constraint in constraints
    ]
    asked = names.union(*(them for them in constraints if them & names))
    others = [field.name for field in row._meta.concrete_fields if field.name not in asked]
    try:
        row.full_clean(exclude=others)
    except ValidationError as error:
        return error.message_dict
    return {}


def constrained(constraint):
    """Return the names of the fields that ``constraint`` is about."""
    if isinstance(constraint, UniqueConstraint):
        return set(constraint.fields)
    return constraint.condition.referenced_base_fields


def write_choice(row, field, chosen):
    targets = field.remote_field.model._base_manager.in_bulk([int(pk) for pk in chosen])
    getattr(row, field.name).set(list(targets.values()))
    return [
        Problem(field.name, pk, None, "It was deleted.", blocks=False)
        for pk in chosen
        if int(pk) not in targets
    ]


def write_parts(row, relation, now, wanted):
    """Delete, change and add the parts of ``row`` until they are as ``wanted``."""
    model, parent = relation.related_model, relation.field
    parts = {str(part.pk): part for part in getattr(row, relation.get_accessor_name()).all()}
    for key in [key for key in parts if key not in wanted]:
        parts.pop(key).delete()

    def new_part(key):
        return model(pk=model._meta.pk.to_python(key), **{parent.name: row})

    def write_part(key):
        values = changed_fields(wanted[key], now.get(key, {}), fields_of(model, parent))
        is_new = key not in parts
        part = new_part(key) if is_new else parts[key]
        if is_new and model._base_manager.filter(pk=part.pk).exists():
            return [Problem(relation.name, key, None, "It belongs to something else now.")]
        problems = write_fields(part, values, relation.name, key)
        if not (is_new and blocking(problems)):
            part.save(force_insert=is_new)
            parts[key] = part
        return problems

    found = {key: write_part(key) for key in wanted if wanted[key] != now.get(key)}
    # Once more, for what stood in the way of one, such as its address, may have moved since.
    found |= {key: write_part(key) for key in found if blocking(found[key])}
    return [problem for problems in found.values() for problem in problems]


def blocking(problems):
    """Return those of ``problems`` that keep from publishing."""
    return [problem for problem in problems if problem.blocks]


class Names:
    """What the fields of a State are called on the form."""

    def __init__(self, model):
        self.model = model

    def of(self, key):
        """Return the name of field, choice or kind of parts ``key``; of one that is no more, itself."""
        try:
            field = self.model._meta.get_field(key)
        except FieldDoesNotExist:
            return key
        if field.one_to_many:
            return capital(field.related_model._meta.verbose_name)
        return capital(field.verbose_name)

    def of_part(self, key, field):
        """Return the name of ``field`` of a part ``key``."""
        try:
            return Names(self.model._meta.get_field(key).related_model).of(field)
        except FieldDoesNotExist:
            return field

    def place(self, key, part, field):
        """Return the name of a place, as “Figure: as written”."""
        if field is None:
            return self.of(key)
        return f"{self.of(key)}: {self.of_part(key, field).lower()}"

    def places(self, differences):
        """Return the names of the places of ``differences``, each once."""
        return list(dict.fromkeys(self.place(*found.place) for found in differences))

    def told(self, problem):
        """Return where a Problem stands, and what it is."""
        return f"{self.place(*problem[:3])}: {problem.message}"


def capital(text):
    return text[:1].upper() + text[1:]
