"""Steps of staff, of the timer and of the shell in any order, held against a plain model of them.

The model is flat: a thing is {place: value}, a place is (field or kind of parts, part, field of it),
and a draft is the places that it changes. It shares no code with ``publishing.state``.
"""

from datetime import timedelta
from uuid import UUID, uuid5

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from enquiries import leaving
from pages.models import Page
from people.models import Departure, HandOver, Person, Role
from programmes.models import Figure, Programme
from publishing import state, workflow
from publishing.models import Plan, Revision
from topics.models import Topic

pytestmark = pytest.mark.django_db

PUBLISH, TAKE_DOWN = Plan.Action.PUBLISH, Plan.Action.TAKE_DOWN
SLUGS = ["accelerator", "reactor"]  # few, so that two things want one
OURS = UUID("6f1a2f0e-5f0b-4c3a-9a57-1d9c5e0e7a11")
EXTRA = {"name": "Extra", "kind": "research", "summary": "Extra.", "body": "<p>Extra.</p>"}


def flat(data):
    """Return a State as {place: value}; that there is a part has a place of its own."""
    places = {}
    for key, value in data.items():
        if not isinstance(value, dict):
            places[key, None, None] = value
            continue
        for part, fields in value.items():
            places[key, part, None] = True
            places |= {(key, part, name): one for name, one in fields.items()}
    return places


def filled(places, kinds):
    """Return the State of ``places``, with the ``kinds`` of parts even where there are none."""
    data = {kind: {} for kind in kinds}
    for (key, part, name), value in places.items():
        if part is None:
            data[key] = value
        elif name is None:
            data[key].setdefault(part, {})
        else:
            data[key].setdefault(part, {})[name] = value
    return data


def part_of(places, key, part):
    return {place: value for place, value in places.items() if place[:2] == (key, part)}


class Thing:
    """What must be true of something: what its rows hold, and what its draft changes of them."""

    def __init__(self, row):
        self.row = row
        self.kinds = [key for key, value in state.read(row).items() if isinstance(value, dict)]
        self.rows = flat(state.read(row))
        self.is_live = row.is_published
        self.is_pending = False
        self.draft = None  # all that it held, of what is live
        self.edits = set()  # the places of it that differ from what it was begun from
        self.seen = None  # what visitors saw last, once that was noted
        self.plans = {}
        self.newest = 0

    def wanted(self):
        """Return what the form shows: the rows, with what the draft changes."""
        result = dict(self.rows)
        for key, part, name in self.edits:
            place = key, part, name
            if part is None:
                result[place] = self.draft[place]
            elif (key, part, None) not in self.draft:
                for lost in part_of(result, key, part):
                    del result[lost]
            elif name is None or (key, part, None) not in self.rows:
                result |= part_of(self.draft, key, part)
            else:
                result[place] = self.draft[place]
        return result

    def begin(self, data):
        """Let ``data`` be the draft over the rows."""
        places = data.keys() | self.rows.keys()
        missing = object()
        self.edits = {
            place for place in places if data.get(place, missing) != self.rows.get(place, missing)
        }
        self.draft = data if self.edits else None
        self.is_pending = bool(self.edits)

    def end(self):
        self.draft, self.edits, self.is_pending = None, set(), False
        self.plans.pop(PUBLISH, None)

    def keep(self, data):
        """Let ``data`` be the draft in the rows, since nobody sees them."""
        self.end()
        self.rows, self.is_pending = data, True


class Desk(RuleBasedStateMachine):
    """Every step there is, in any order, with what it must come to."""

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.number = 0
        self.saved = []  # (number of the revision, what its form held)
        self.touched = set()  # what the last step was about
        self.things = {
            "era": Thing(Programme.objects.get(slug="era")),
            "page": Thing(Page.objects.get(path="/about/")),
            "role": Thing(Role.objects.get(slug="mi-health-manager")),
            "person": Thing(Person.objects.get(slug="alex-archibald")),
        }
        self.person = self.things["person"].row
        self.successor = Person.objects.get(slug="sue-clayton")
        self.topic = str(Topic.objects.get(slug="health").pk)
        self.figures_of_nobody = Figure.objects.filter(programme=None).count()

    def teardown(self):
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    # What is typed

    def word(self):
        self.number += 1
        return f"word-{self.number}"

    def new_key(self):
        self.number += 1
        return str(uuid5(OURS, str(self.number)))

    def typed(self, name, places, what):
        """Return ``places`` as somebody changes them, in the way number ``what``."""
        result = dict(places)
        if name in ("era", "extra"):
            figures = part_keys(places, "figures")
            if what == 0 or (what in (2, 3) and not figures):
                result["summary", None, None] = self.word()
            elif what == 1:
                slug = SLUGS[self.number % len(SLUGS)]
                result["slug", None, None] = slug
            elif what == 2:
                result["figures", figures[0], "counts"] = self.word()
            elif what == 3:
                for place in part_of(places, "figures", figures[-1]):
                    del result[place]
            elif what == 4:
                key = self.new_key()
                link = {"label": self.word(), "address": "", "handle": "", "order": 0}
                link |= {"source": [], "errata": []}
                result["links", key, None] = True
                result |= {("links", key, field): value for field, value in link.items()}
            else:
                self.toggle(result, "topics", self.topic)
        elif name == "page":
            passages = list(part_keys(places, "passages"))
            if what in (0, 1):
                result["description", None, None] = self.word()
            elif what in (2, 3) and passages:
                result["passages", passages[0], "heading"] = self.word()
            elif "extra" in self.things:
                self.toggle(result, "programmes", str(self.things["extra"].row.pk))
        elif name == "role":
            if what in (0, 1, 2):
                result["title", None, None] = self.word()
            else:
                holders = [None, self.person.pk, self.successor.pk]
                result["holder", None, None] = holders[what - 3]
        else:
            result["honours", None, None] = self.word()
        return result

    def toggle(self, places, key, chosen):
        if (key, chosen, None) in places:
            del places[key, chosen, None]
        else:
            places[key, chosen, None] = True

    def taken(self, thing):
        """Return the slugs that others have."""
        model = type(thing.row)
        return set(model.objects.exclude(pk=thing.row.pk).values_list("slug", flat=True))

    def held(self, thing, places):
        """Return ``places`` without what no row can hold: a slug taken, a choice deleted."""
        slug = ("slug", None, None)
        result = dict(places)
        if result[slug] != thing.rows[slug] and result[slug] in self.taken(thing):
            result[slug] = thing.rows[slug]
        existing = {str(pk) for pk in Programme.objects.values_list("pk", flat=True)}
        for key, part, _ in places:
            if key == "programmes" and part not in existing:
                del result[key, part, None]
        return result

    def can_be_public(self, thing):
        slug = ("slug", None, None)
        wanted = thing.wanted()
        return wanted[slug] == thing.rows[slug] or wanted[slug] not in self.taken(thing)

    def settled(self, thing):
        """What is not live holds its own draft, as soon as anybody looks."""
        if not thing.is_live and thing.draft:
            thing.keep(self.held(thing, thing.wanted()))

    def takes(self, step, *arguments, **how):
        """Take a step of the workflow; return whether it was not refused."""
        try:
            step(*arguments, **how)
        except workflow.Refused:
            return False
        return True

    def about(self, name):
        self.touched.add(name)
        return self.things[name]

    names = some.runner().flatmap(lambda desk: some.sampled_from(sorted(desk.things)))
    ways = some.integers(0, 5)

    # The steps

    @rule(name=names, what=ways, kind=some.sampled_from([Revision.Kind.DRAFT, "submitted"]))
    def save(self, name, what, kind):
        thing = self.about(name)
        workflow.note_as_found(thing.row)
        self.settled(thing)
        shown = self.held(thing, thing.wanted())
        data = self.typed(name, shown, what)
        if data != self.held(thing, data):
            return  # the form says so, and saves nothing
        pending = workflow.pending(thing.row)
        is_news = kind == "submitted" and pending is not None and pending.kind != kind
        saved = workflow.save(
            thing.row,
            None,
            lambda row, problems: not state.write(row, filled(data, thing.kinds)),
            expected=workflow.latest(thing.row),
            kind=kind,
        )
        is_new = saved is not None
        assert is_new == (data != thing.wanted() or is_news)
        if not is_new:
            return
        if thing.is_live:
            thing.end()
            thing.begin(data)
        else:
            thing.keep(data)
        if thing.is_pending:
            self.saved.append((workflow.pending(thing.row).pk, data))

    @rule(name=names, what=ways)
    def save_from_an_old_form(self, name, what):
        thing = self.about(name)
        workflow.note_as_found(thing.row)
        self.settled(thing)
        for old in (0, workflow.latest(thing.row) - 1):
            with pytest.raises(workflow.Outdated):
                workflow.save(thing.row, None, lambda row, problems: True, expected=old)

    @rule(name=names)
    def publish(self, name):
        thing = self.about(name)
        done = self.takes(workflow.publish, thing.row, None, expected=workflow.latest(thing.row))
        assert done == self.published(thing)

    def published(self, thing):
        """Publish it in the model; return whether that can be."""
        if (thing.is_live and not thing.is_pending) or not self.can_be_public(thing):
            return False
        thing.rows = self.held(thing, thing.wanted())
        thing.seen = dict(thing.rows)
        thing.is_live = True
        thing.end()
        return True

    @rule(name=names)
    def take_down(self, name):
        thing = self.about(name)
        done = self.takes(
            workflow.take_down,
            thing.row,
            None,
            expected=workflow.latest(thing.row),
            reason="It is over.",
        )
        assert done == self.taken_down(thing)

    def taken_down(self, thing):
        if not thing.is_live:
            return False
        thing.seen = dict(thing.rows)
        thing.is_live = False
        data = self.held(thing, thing.wanted()) if thing.draft else None
        thing.end()
        if data:
            thing.keep(data)
        thing.plans.clear()
        return True

    @rule(name=names)
    def discard(self, name):
        thing = self.about(name)
        done = self.takes(workflow.discard, thing.row, None, expected=workflow.latest(thing.row))
        goes_back = not thing.is_live and thing.draft is None
        assert done == (thing.is_pending and not (goes_back and thing.seen is None))
        if done:
            if goes_back:
                thing.rows = self.held(thing, thing.seen)
            thing.end()

    @rule(name=names, which=some.integers(0, 5))
    def restore(self, name, which):
        thing = self.about(name)
        history = list(Revision.objects.of(thing.row)[:6])
        if not history:
            return
        revision = history[which % len(history)]
        workflow.restore(thing.row, None, revision, expected=workflow.latest(thing.row))
        self.settled(thing)
        data = flat(revision.data)
        if thing.is_live:
            thing.end()
            thing.begin(data)
        else:
            thing.keep(self.held(thing, data))

    @rule(name=names, action=some.sampled_from(Plan.Action), hours=some.integers(1, 4))
    def schedule(self, name, action, hours):
        thing = self.about(name)
        at = timezone.now() + timedelta(hours=hours)
        done = self.takes(
            workflow.plan,
            thing.row,
            None,
            action,
            at,
            expected=workflow.latest(thing.row),
            reason="It is over.",
        )
        can_be = thing.is_pending or not thing.is_live if action == PUBLISH else thing.is_live
        assert done == can_be
        if done:
            thing.plans[action] = True

    @rule(hours=some.integers(1, 4))
    def tick(self, hours):
        Plan.objects.update(at=F("at") - timedelta(hours=hours))
        due = [(plan.thing, plan.action) for plan in Plan.objects.due()]
        workflow.carry_out_due()
        names = {thing.row: name for name, thing in self.things.items()}
        for row, action in due:
            thing = self.about(names[row])
            if action not in thing.plans:
                continue  # a plan before it took it away
            act = self.published if action == PUBLISH else self.taken_down
            if act(thing):
                thing.plans.pop(action, None)
        self.nothing_is_lost_and_nothing_left_over()

    @rule(has_successor=some.booleans())
    def hand_over(self, has_successor):
        role, person = self.about("role"), self.about("person")
        holder = ("holder", None, None)
        departure = Departure.objects.create(person=self.person, leaves_on=timezone.localdate())
        if has_successor:
            HandOver.objects.create(departure=departure, role=role.row, successor=self.successor)
        leaving.carry_out(departure)
        self.settled(person)
        if person.is_live:
            person.seen, person.is_live = dict(person.rows), False
        person.end()
        person.plans.clear()
        if role.rows[holder] == self.person.pk:
            self.settled(role)
        if role.rows[holder] == self.person.pk:
            role.rows[holder] = None
            if has_successor and not Person.objects.gone().contains(self.successor):
                role.rows[holder] = self.successor.pk
            role.rows["mailbox", None, None] = (
                "" if has_successor else role.rows["mailbox", None, None]
            )

    @rule(name=names, what=ways)
    def edit_the_rows(self, name, what):
        """As a shell does, past all that is known of drafts."""
        thing = self.about(name)
        data = self.typed(name, thing.rows, what)
        if data != self.held(thing, data):
            return
        row = state.fresh(thing.row)
        assert not state.write(row, filled(data, thing.kinds))
        thing.rows = data

    @rule(name=names)
    def show_or_hide_the_row(self, name):
        thing = self.about(name)
        thing.is_live = not thing.is_live
        type(thing.row).objects.filter(pk=thing.row.pk).update(is_published=thing.is_live)

    @precondition(lambda self: "extra" not in self.things)
    @rule()
    def add(self):
        row = Programme.objects.create(slug=self.word(), **EXTRA)
        data = state.read(row)
        workflow.save_draft(row, None, data, base=None)
        self.things["extra"] = Thing(row)
        self.about("extra").is_pending = True

    @precondition(lambda self: "extra" in self.things)
    @rule()
    def delete(self):
        row = self.things.pop("extra").row
        self.about("page").rows.pop(("programmes", str(row.pk), None), None)
        row.delete()
        self.nothing_is_lost_and_nothing_left_over()

    @rule(name=names)
    def look(self, name):
        """A draft that is laid shows what is wanted, and leaves the database as it was."""
        thing = self.about(name)
        before = everything()
        with workflow.laid(thing.row):
            assert flat(state.read(thing.row)) == self.held(thing, thing.wanted())
        assert everything() == before
        self.nothing_is_lost_and_nothing_left_over()
        self.touched.update(self.things)

    # What is always true

    @invariant()
    def visitors_see_what_was_published_and_staff_what_was_saved(self):
        """Of what the last step was about; whoever looks checks the rest."""
        for name in self.touched & self.things.keys():
            thing = self.things[name]
            row = state.fresh(thing.row)
            now = state.read_row(row)
            pending = workflow.pending(row)
            newest = workflow.latest(row)
            planned = Plan.objects.of(row).values_list("action", flat=True)
            assert row.is_published == thing.is_live, name
            assert flat(now) == thing.rows, name
            assert flat(workflow.drafted(row, pending, now)) == thing.wanted(), name
            assert bool(pending) == thing.is_pending, name
            assert set(planned) == set(thing.plans), name
            assert newest >= thing.newest, name
            thing.newest = newest
        self.touched.clear()

    def nothing_is_lost_and_nothing_left_over(self):
        kept = Revision.objects.in_bulk([pk for pk, _ in self.saved])
        assert all(flat(kept[pk].data) == data for pk, data in self.saved)
        waiting = list(Revision.objects.pending().select_related("base"))
        assert all(revision.thing for revision in waiting)
        assert all(revision.base is None or revision.base.base is None for revision in waiting)
        for plan in Plan.objects.select_related("revision"):
            assert plan.thing
            assert plan.revision is None or plan.revision.is_pending
        assert Figure.objects.filter(programme=None).count() == self.figures_of_nobody


def part_keys(places, kind):
    return [part for key, part, name in places if key == kind and name is None]


def everything():
    """Return all rows of all that is content, its choices and parts, and what is noted of it."""
    models = {
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_config.name in ("publishing", "programmes", "pages", "people", "topics")
    }
    return {model: list(model._base_manager.order_by("pk").values()) for model in models}


def test_no_order_of_steps_loses_a_save_or_shows_a_draft(db):
    machine = settings(
        max_examples=300,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    run(Desk, settings=machine)
