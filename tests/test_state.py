"""The state of something as JSON: what is read is written again unchanged, and nothing else is."""

import json
from uuid import uuid4

import pytest
from django.apps import apps

from partners.models import Partner
from people.models import Person, Role
from programmes.models import Figure, Link, Participation, Programme
from publishing import state
from publishing.models import Publishable

pytestmark = pytest.mark.django_db

DRAFTED = [model for model in apps.get_models() if issubclass(model, Publishable)]


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


def sent(data):
    """Return ``data`` as a database gives JSON back."""
    return json.loads(json.dumps(data))


def values(row, fields):
    return {field.name: field.value_from_object(row) for field in fields}


@pytest.mark.parametrize("model", DRAFTED, ids=lambda model: model._meta.label)
def test_every_field_of_every_kind_comes_back_as_it_was(model):
    fields = state.fields_of(model)
    for row in model.objects.all():
        blank = model(pk=row.pk)
        blank._state.adding = False  # it is that row, with nothing in it
        known = sent(state.read(row))
        assert state.write_fields(blank, {field: known[field.name] for field in fields}) == []
        assert values(blank, fields) == values(row, fields), row


@pytest.mark.parametrize("model", DRAFTED, ids=lambda model: model._meta.label)
def test_every_part_and_choice_comes_back_as_it_was(model):
    for row in model.objects.all():
        known = sent(state.read(row))
        before = parts_of(row)
        for relation in state.parts_of(model):
            getattr(row, relation.get_accessor_name()).all().delete()
        for field in state.choices_of(model):
            getattr(row, field.name).clear()
        assert state.write(row, known) == []
        assert state.read(row) == known
        assert parts_of(row) == before


def parts_of(row):
    return {
        (relation.name, part.pk): values(part, state.fields_of(type(part)))
        for relation in state.parts_of(type(row))
        for part in getattr(row, relation.get_accessor_name()).all()
    }


@pytest.mark.parametrize("model", DRAFTED, ids=lambda model: model._meta.label)
def test_writing_what_is_there_writes_nothing(model, django_assert_num_queries):
    for row in model.objects.all()[:3]:
        kinds = len(state.choices_of(model)) + len(state.parts_of(model))
        known = state.read(row)
        with django_assert_num_queries(1 + kinds):
            assert state.write(row, known) == []


def test_nothing_says_by_itself_that_it_is_public():
    for model in DRAFTED:
        assert "is_published" not in state.read(model.objects.first())


def test_what_a_state_lacks_is_left_as_it_is(era):
    before = state.read(era)
    assert state.write(era, {"summary": "Quokka."}) == []
    assert state.read(era) == before | {"summary": "Quokka."}


def test_parts_go_where_a_state_has_none_of_them(era):
    before = state.read(era)
    state.write(era, {"figures": {}})
    assert state.read(era) == before | {"figures": {}}


def test_a_field_that_the_model_no_longer_has_is_passed_over(era):
    before = state.read(era)
    figures = {key: one | {"colour": "green"} for key, one in before["figures"].items()}
    old = before | {"motto": "Warmth.", "offices": {"1": {}}, "figures": figures}
    assert state.write(era, old) == []
    assert state.read(era) == before


def test_a_new_part_never_takes_over_one_of_something_else(era):
    other = Link.objects.exclude(programme=era).first()
    links = state.read(era)["links"]
    links[str(other.pk)] = state.read_fields(other, state.fields_of(Link)) | {"label": "Ours"}
    [problem] = state.write(era, {"links": links})
    assert problem[:3] == ("links", str(other.pk), None)
    assert problem.blocks
    other.refresh_from_db()
    assert other.programme_id != era.pk
    assert other.label != "Ours"


def test_a_slug_that_is_taken_stays_out_and_the_rest_is_written(era):
    [problem] = state.write(era, {"slug": "talent", "summary": "Quokka."})
    assert (problem.key, problem.blocks) == ("slug", True)
    era.refresh_from_db()
    assert (era.slug, era.summary) == ("era", "Quokka.")


def test_what_is_named_and_was_deleted_is_dropped(era):
    programme = Programme.objects.create(name="Space", slug="space-2", kind="research")
    role = Role.objects.first()
    wanted = {"parent": programme.pk, "contacts": {str(role.pk): {}, "987654": {}}}
    programme.delete()
    problems = state.write(era, wanted)
    assert {problem.key for problem in problems} == {"parent", "contacts"}
    assert not any(problem.blocks for problem in problems)
    era.refresh_from_db()
    assert era.parent is None
    assert list(era.contacts.all()) == [role]


def test_a_part_of_what_was_deleted_keeps_from_publishing(era):
    gone = Partner.objects.create(short_name="Oz", official_name="Oz", slug="oz")
    part = Participation.objects.create(programme=era, partner=gone)
    wanted = state.read(era)
    gone.delete()
    problems = state.write(era, wanted)
    assert any(problem.blocks and problem.part == str(part.pk) for problem in problems)
    assert not Participation.objects.filter(pk=part.pk).exists()


def test_of_a_rule_about_several_fields_only_what_breaks_it_stays_out():
    role = Role.objects.filter(holder__isnull=False).first()
    [problem] = state.write(role, {"deputy": role.holder_id, "title": "Keeper of quokkas"})
    assert problem.key == "deputy"
    role.refresh_from_db()
    assert (role.title, role.deputy) == ("Keeper of quokkas", None)


@pytest.mark.parametrize("is_later_first", [True, False])
def test_a_part_may_take_the_slug_that_another_gives_up(era, is_later_first):
    one, other = era.figures.all()[:2]
    figures = state.read(era)["figures"]
    free = one.slug
    figures[str(one.pk)]["slug"] = "quokkas"
    figures[str(other.pk)]["slug"] = free
    if is_later_first:
        figures = dict(reversed(figures.items()))
    assert state.write(era, {"figures": figures}) == []
    other.refresh_from_db()
    assert other.slug == free


def test_a_new_part_keeps_its_key(era):
    key = str(uuid4())
    new = state.read(era)["figures"].popitem()[1] | {"slug": "quokkas", "counts": "quokkas"}
    state.write(era, {"figures": state.read(era)["figures"] | {key: new}})
    assert Figure.objects.get(pk=key).counts == "quokkas"


# What differs, and how it is brought together


def figures(**counts):
    return {"summary": "One.", "figures": {key: {"counts": value} for key, value in counts.items()}}


def test_what_two_people_change_in_different_places_is_kept_of_both():
    opened = figures(a="1", b="2")
    mine = figures(a="mine", b="2", c="new")
    theirs = figures(a="1", b="theirs") | {"summary": "Theirs."}
    assert state.merged(theirs, opened, mine) == figures(a="mine", b="theirs", c="new") | {
        "summary": "Theirs."
    }


def test_a_part_that_one_deletes_and_the_other_changes_stays_with_whoever_saves_last():
    opened = figures(a="1", b="2")
    without = figures(a="1")
    changed = figures(a="1", b="changed")
    assert state.merged(without, opened, changed) == changed
    assert state.merged(changed, opened, without) == without


def test_choices_of_two_people_are_added_up():
    def topics(*keys):
        return {"topics": {key: {} for key in keys}}

    assert state.merged(topics("1", "3"), topics("1", "2"), topics("1", "2", "4")) == topics(
        "1", "3", "4"
    )


def test_differences_are_told_by_field_choice_and_part():
    found = list(state.differences(figures(a="1", b="2"), figures(a="9", c="3")))
    assert [(one.place, one.before, one.after) for one in found] == [
        (("figures", "a", "counts"), "1", "9"),
        (("figures", "b", None), {"counts": "2"}, None),
        (("figures", "c", None), None, {"counts": "3"}),
    ]


def test_a_person_whose_fields_are_wrong_already_can_be_changed_elsewhere():
    person = Person.objects.first()
    Person.objects.filter(pk=person.pk).update(orcid="not one")
    assert state.write(person, {"honours": "MBE"}) == []
    person.refresh_from_db()
    assert (person.orcid, person.honours) == ("not one", "MBE")
