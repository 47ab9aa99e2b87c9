"""From a draft to the public page: what staff and the timer do to something Publishable.

Every step locks the row first and writes its Revision in the same transaction, so no two steps
cross and none is half done. At most one revision of a thing is pending: the draft that waits to be
published. The rows of what is live hold what visitors see, and its draft is laid over them in a
sandbox. What is not live is its own draft: its rows hold what was saved last.
"""

from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from . import state
from .addresses import answers, known_by, own_path
from .models import Gone, Plan, Redirect, Revision, Update
from .sandbox import sandbox

PERMISSION = "publishing.publish_content"

Kind = Revision.Kind


class Refused(Exception):
    """A step that can't be taken now. Its text tells staff why, and what to do."""


class Outdated(Refused):
    """Somebody took another step meanwhile."""

    def __init__(self):
        super().__init__("This was changed meanwhile. Look at it as it is now, and decide again.")


class Deleted(Refused):
    """Somebody deleted it meanwhile."""

    def __init__(self):
        super().__init__("This was deleted meanwhile.")


class Invalid(Refused):
    """The draft can't be published as it is: see ``problems``."""

    def __init__(self, problems, names):
        self.problems = problems
        super().__init__(" ".join(names.told(problem) for problem in problems))


# How it stands


def locked(thing):
    """Lock the row of ``thing`` until the transaction ends, and return it; None if it is deleted."""
    # Without its key: what merely points at it is saved meanwhile, and need not wait.
    rows = type(thing)._base_manager.select_for_update(no_key=True)
    return rows.order_by("pk").filter(pk=thing.pk).first()


def latest(thing):
    """Return the number of the newest revision, which a form names when it is sent; 0 for none."""
    return Revision.objects.of(thing).values_list("pk", flat=True).first() or 0


def pending(thing):
    """Return the Revision that waits to be published, or None."""
    return Revision.objects.of(thing).pending().select_related("base", "user").first()


def rows_as_noted(thing):
    """Return the newest Revision of what the rows of ``thing`` held, or None."""
    return Revision.objects.of(thing).of_the_row().first()


def drafted(thing, revision=None, now=None):
    """Return the State that ``thing`` is to have: the rows, with what ``revision`` changes.

    ``revision`` is its pending one unless it is given; ``now`` is what the rows hold, if known.
    """
    now = now or state.read(thing)
    revision = revision or pending(thing)
    if revision and revision.base:
        return state.merged(now, revision.base.data, revision.data)
    return now


def state_at(thing, number):
    """Return the State that a form showed which names revision ``number``; None if it is gone."""
    revisions = Revision.objects.of(thing).filter(pk__lte=number).select_related("base")
    row = revisions.of_the_row().first()
    if row is None:
        return None
    draft = revisions.filter(kind__in=[Kind.DRAFT, Kind.SUBMITTED]).first()
    ended = revisions.filter(kind__in=[Kind.PUBLISHED, Kind.TAKEN_DOWN, Kind.DISCARDED]).first()
    if draft and draft.base and not (ended and ended.pk > draft.pk):
        return state.merged(row.data, draft.base.data, draft.data)
    return row.data


def last_published(thing):
    """Return the newest Revision that visitors saw, or None."""
    return Revision.objects.of(thing).filter(was_public=True).first()


def may_publish(user, thing, revision=None):
    """Whether ``user`` may publish ``thing``, by permission and, where four eyes are asked, by turn."""
    if not user.has_perm(PERMISSION):
        return False
    if not settings.FOUR_EYES:
        return True
    revision = revision or pending(thing)
    return revision is None or writer_of(revision) != user.pk


def writer_of(draft):
    """Return the key of the account that wrote ``draft``; another one may have sent it for review."""
    if draft.kind == Kind.SUBMITTED:
        saved = Revision.objects.filter(
            content_type=draft.content_type_id,
            object_id=draft.object_id,
            kind=Kind.DRAFT,
            pk__lt=draft.pk,
        ).first()
        if saved and saved.data == draft.data:
            return saved.user_id
    return draft.user_id


@contextmanager
def laid(thing, revision=None):
    """In a sandbox, let the rows of ``thing`` hold its draft; yield the Problems of doing so.

    Raises Deleted.
    """
    with sandbox():
        row = locked(thing)  # first, as in every step, so that no two wait for each other
        if row is None:
            raise Deleted
        now = state.read_row(row)
        yield state.write_row(row, drafted(row, revision, now), now)


# What is noted


def note(thing, kind, user, data, **values):
    """Store ``data`` in the history of ``thing``, and return the Revision."""
    seen = thing.is_live if kind == Kind.AS_FOUND else kind in (Kind.PUBLISHED, Kind.TAKEN_DOWN)
    return Revision.objects.create(
        was_public=seen,
        content_type=content_type_of(thing),
        object_id=str(thing.pk),
        kind=kind,
        title=str(thing)[:300],
        data=data,
        user=user,
        **values,
    )


def address_of(thing):
    """Return the address of ``thing``, or "" where it shows on other pages and has none itself."""
    return thing.get_absolute_url() if hasattr(thing, "get_absolute_url") else ""


def content_type_of(thing):
    return Revision.content_type.field.remote_field.model.objects.get_for_model(thing)


def note_as_found(thing):
    """Let the newest revision of the rows hold what they do, so that a draft begins from there.

    Whoever wrote them past the desk (content that was loaded, a shell) left none. Returns that
    Revision. Raises Deleted.
    """
    if noted := up_to_date(thing):  # mostly so, and then nobody has to wait
        return noted
    with transaction.atomic():
        row = locked(thing)
        if row is None:
            raise Deleted
        if noted := up_to_date(row):
            return noted
        if draft := stranded(row):
            return keep_as_row(row, drafted(row, draft), draft.user, draft.kind)[0]
        return note(row, Kind.AS_FOUND, None, state.read(row))


def up_to_date(thing):
    """Return the newest Revision of the rows of ``thing`` if they still hold what it does."""
    row = type(thing)._base_manager.filter(pk=thing.pk).first()
    noted = rows_as_noted(thing)
    if row is None or noted is None or stranded(row):
        return None
    return noted if state.same(noted.data, state.read_row(row)) else None


def stranded(thing):
    """Return the draft of ``thing`` that lies over rows which nobody sees any more, or None.

    So it is once somebody hid it past the desk. What is not live holds its own draft.
    """
    draft = None if thing.is_live else pending(thing)
    return draft if draft and draft.base else None


@contextmanager
def noted(thing, user, note_of_it):
    """Let the block change the rows of ``thing``, past its form; yield its row, locked.

    The history tells of it, and a draft of it stays. For changes that visitors see at once. Raises
    Deleted.
    """
    with transaction.atomic():
        row = locked(thing)
        if row is None:
            raise Deleted
        note_as_found(row)
        yield row
        note(row, Kind.AS_FOUND, user, state.read(row), note=note_of_it[:500])


def no_longer_pending(thing):
    """Let nothing of ``thing`` wait to be published; return whether something did."""
    Plan.objects.of(thing).to_publish().delete()
    return bool(Revision.objects.of(thing).pending().update(is_pending=False))


def called_off(thing):
    """Return a sentence on the publishing of ``thing`` that is planned, and ends with its draft."""
    planned = Plan.objects.of(thing).to_publish().select_related("user").first()
    if planned is None:
        return ""
    by = f" by {planned.user}" if planned.user else ""
    at = f"{timezone.localtime(planned.at):%A %-d %B %Y, %H:%M}"
    return f"The publishing planned{by} for {at} is called off, since the draft has changed."


# The steps


@transaction.atomic
def save(thing, user, edit, *, expected, kind=Kind.DRAFT):
    """Save as the draft of ``thing`` what ``edit`` makes of its rows.

    ``edit`` takes the row, which holds the draft, and the Problems of laying it there. It returns
    whether there is anything to save. ``expected`` is the revision that its form was opened with.
    Returns what ``save_draft`` does, and None where nothing changed. Raises Outdated.
    """
    row = locked(thing)
    if row is not None and not row.is_live:
        note_as_found(row)  # its form writes all of it, so also over what it did not show
    if row is None or not expected or latest(row) != expected:
        raise Outdated
    draft = pending(row)
    now = state.read_row(row)
    before = drafted(row, draft, now)
    if row.is_live:
        base = rows_as_noted(row)
        with sandbox():
            problems = state.write(row, before, now)
            data = state.read(row) if edit(row, problems) else None
        after = data and state.merged(now, base.data, data)
    else:
        base = None
        after = data = state.read(row) if edit(row, []) else None
    is_news = kind == Kind.SUBMITTED and draft is not None and draft.kind != kind
    if data is None or (state.same(before, after) and not is_news):
        return None
    return save_draft(row, user, data, base=base, kind=kind)


@transaction.atomic(savepoint=False)
def save_draft(thing, user, data, *, base, kind=Kind.DRAFT, note_of_it=""):
    """Store ``data`` as the pending draft of ``thing``, and return it.

    ``base`` is the revision of the rows that it was begun from; None where the rows themselves hold
    the draft, since they are not live. Where there is nothing left to publish, what is returned is
    the revision that says so, or None if there was nothing before either. Its note tells, after
    ``note_of_it``, what was called off.
    """
    note_of_it = f"{note_of_it} {called_off(thing)}".strip()
    was_pending = no_longer_pending(thing)
    if base is not None and state.same(base.data, data):
        if not was_pending:
            return None
        # So that a form which showed it is told apart from one that does not.
        return note(thing, Kind.DISCARDED, user, state.read(thing), note=note_of_it)
    return note(thing, kind, user, data, base=base, is_pending=True, note=note_of_it)


@transaction.atomic
def submit(thing, user, *, expected, note_of_it=""):
    """Send the draft of ``thing`` to those who may publish it, unchanged; return the Revision."""
    row = locked(thing)
    if row is None or latest(row) != expected:
        raise Outdated
    draft = pending(row)
    if draft is None and row.is_live:
        raise Refused("There is nothing to review: the public page shows all of it.")
    if draft and draft.kind == Kind.SUBMITTED:
        raise Refused("This was sent for review already.")
    base = draft.base if draft else None
    data = draft.data if base else state.read(row)
    return save_draft(row, user, data, base=base, kind=Kind.SUBMITTED, note_of_it=note_of_it)


@transaction.atomic
def publish(thing, user, *, expected, note_of_it="", public_note=""):
    """Let visitors see the draft of ``thing``, or ``thing`` itself if it is not live.

    ``expected`` is the newest revision that whoever decided had seen. Returns the Revision. Raises
    Outdated, Invalid, or Refused where there is nothing to publish.
    """
    row = locked(thing)
    if row is None or latest(row) != expected:
        raise Outdated
    draft = pending(row)
    if draft is None and row.is_live:
        raise Refused("There is nothing to publish: the public page shows all of it.")
    was_live, is_new = row.is_live, last_published(row) is None
    before = note_as_found(row).data
    problems = state.write(row, drafted(row, draft))
    if blocking := [problem for problem in problems if problem.blocks]:
        raise Invalid(blocking, state.Names(type(row)))
    row = state.fresh(row)
    row.is_published = True
    row.save()
    data = state.read(row)
    no_longer_pending(row)
    published = note(
        row,
        Kind.PUBLISHED,
        user,
        data,
        note=with_dropped(note_of_it, problems, type(row)),
        public_note=public_note,
    )
    no_longer_gone(row)
    announce(row, before if was_live else {}, data, is_new=is_new, note=public_note)
    return published


def no_longer_gone(thing):
    """Let the addresses that say it was taken down show ``thing`` again, or lead to it."""
    address = address_of(thing)
    if path := own_path(address):
        Gone.objects.filter(address=known_by(path)).delete()
        Redirect.objects.filter(old_address=known_by(path)).delete()  # a page stands here now
    for gone in Gone.objects.about(thing):
        Redirect.objects.update_or_create(
            old_address=gone.address, defaults={"leads_to": address, "reason": "Renamed."}
        )
        gone.delete()


def with_dropped(text, problems, model):
    """Return the note ``text`` with what was dropped, since it no longer exists."""
    names = state.Names(model)
    dropped = [names.told(problem) for problem in problems]
    return " ".join([text, *dropped]).strip()[:500]


def announce(thing, before, after, *, is_new, note):
    """Put it among the updates, unless nothing changed that visitors could see.

    Of a day on which it was published several times one update is left, and those with a note.
    """
    seen = {found.key for found in state.differences(before, after)} - set(thing.never_shown)
    if seen or note:
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        earlier = Update.objects.of(thing).filter(published_at__gte=today, note="")
        is_new = is_new or earlier.filter(is_new=True).exists()
        earlier.delete()
        Update.objects.create(
            content_type=content_type_of(thing),
            object_id=str(thing.pk),
            title=thing.headline[:300],
            address=address_of(thing),
            is_new=is_new,
            note=note,
        )


@transaction.atomic
def take_down(thing, user, *, expected, reason, leads_to="", note_of_it=""):
    """Take ``thing`` off every page; its own address tells ``reason`` and leads on.

    A draft of it is kept. Raises Outdated, or Refused for what is not public.
    """
    row = locked(thing)
    if row is None or latest(row) != expected:
        raise Outdated
    if not row.is_published or not row.can_be_taken_down:
        raise Refused("This is not public, so there is nothing to take down.")
    note_as_found(row)
    draft = pending(row)
    wanted = drafted(row, draft)
    path = own_path(address_of(row))
    row.is_published = False
    row.save()
    no_longer_pending(row)
    taken_down = note(row, Kind.TAKEN_DOWN, user, state.read(row), note=note_of_it or reason)
    if draft and draft.base:
        keep_as_row(row, wanted, draft.user, draft.kind)
    Plan.objects.of(row).delete()
    if path and not answers(path):
        Gone.objects.update_or_create(
            address=known_by(path),
            defaults={
                "reason": reason,
                "leads_to": leads_to,
                "taken_down_at": timezone.now(),
                "content_type": content_type_of(row),
                "object_id": str(row.pk),
            },
        )
    return taken_down


@transaction.atomic
def withdraw(thing, told):
    """Take ``thing`` off every page without a word where it stood, and call off all that waits.

    So nothing that was begun before brings it back. For somebody who leaves: ``told`` says so to
    colleagues.
    """
    row = locked(thing)
    if row is None:
        return
    note_as_found(row)
    Plan.objects.of(row).delete()
    no_longer_pending(row)
    if row.is_published:
        row.is_published = False
        row.save()
        note(row, Kind.TAKEN_DOWN, None, state.read(row), note=told)


def keep_as_row(thing, wanted, user, kind, note_of_it=""):
    """Let the rows of what is not live hold ``wanted``; return the Revision, and the Problems."""
    problems = state.write(thing, wanted)
    row = state.fresh(thing)
    note_of_it = f"{note_of_it} {called_off(row)}".strip()
    no_longer_pending(row)
    saved = note(
        row,
        kind,
        user,
        state.read(row),
        is_pending=True,
        note=with_dropped(note_of_it, problems, type(row)),
    )
    return saved, problems


@transaction.atomic
def discard(thing, user, *, expected, except_for=()):
    """Give the draft up: ``thing`` is as it was last public. The history keeps what was discarded.

    What is not live keeps what it holds of the fields ``except_for``.
    """
    row = locked(thing)
    if row is None or latest(row) != expected:
        raise Outdated
    draft = pending(row)
    if draft is None:
        raise Refused("There is no draft to discard.")
    problems = []
    if not row.is_live and draft.base is None:
        back_to = last_published(row)
        if back_to is None:
            raise Refused("This was never public, so there is nothing to go back to.")
        problems = state.write(row, without(back_to.data, except_for))
        row = state.fresh(row)
    no_longer_pending(row)
    told = with_dropped("", problems, type(row))
    return note(row, Kind.DISCARDED, user, state.read(row), note=told)


@transaction.atomic
def restore(thing, user, revision, *, expected, except_for=()):
    """Make the state that ``revision`` holds a draft; nothing goes live by it. Returns the Revision.

    The fields ``except_for`` stay as they are. Where that is what the public page shows already,
    what is returned is not pending, or None: see ``save_draft``.
    """
    row = locked(thing)
    if row is None or latest(row) != expected:
        raise Outdated
    base = note_as_found(row)
    data = state.read(row) | without(revision.data, except_for)
    told = f"Restored from {timezone.localtime(revision.created_at):%-d %B %Y, %H:%M}."
    if row.is_live:
        return save_draft(row, user, data, base=base, note_of_it=told)
    return keep_as_row(row, data, user, Kind.DRAFT, told)[0]


def without(data, fields):
    """Return the State ``data`` without ``fields``, which whoever writes it leaves as they are."""
    return {key: value for key, value in data.items() if key not in fields}


# The clock


@transaction.atomic
def plan(thing, user, action, at, *, expected, **details):
    """Let the timer take ``action`` (Plan.Action) ``at`` a time; it replaces an earlier plan.

    ``details`` are the texts that go with it: note, public_note, reason, leads_to.
    """
    row = locked(thing)
    if row is None or latest(row) != expected:
        raise Outdated
    draft = pending(row)
    if action == Plan.Action.PUBLISH and draft is None and row.is_live:
        raise Refused("There is nothing to publish: the public page shows all of it.")
    if action == Plan.Action.TAKE_DOWN and not (row.is_published and row.can_be_taken_down):
        raise Refused("This is not public, so there is nothing to take down.")
    Plan.objects.of(row).filter(action=action).delete()
    return Plan.objects.create(
        content_type=content_type_of(row),
        object_id=str(row.pk),
        action=action,
        at=at,
        revision=draft if action == Plan.Action.PUBLISH else None,
        user=user,
        **details,
    )


@transaction.atomic
def call_off(thing, action):
    """Let the timer not take ``action`` (Plan.Action), as was planned; return the Plan.

    Raises Refused where nothing is planned any longer.
    """
    row = locked(thing)
    planned = Plan.objects.of(row).filter(action=action).first() if row else None
    if planned is None:
        raise Refused("Nothing is planned any longer: it was done, or somebody called it off.")
    planned.delete()
    return planned


def carry_out_due():
    """Do what is planned and due, late or not, for the timer; return (done, refused) as numbers.

    What can't be done stays a draft, and its plan says why until somebody looks at it.
    """
    done = refused = 0
    failures = []
    for due in Plan.objects.due().select_related("user"):
        try:
            done += carry_out(due)
        except Refused as refusal:
            Plan.objects.filter(pk=due.pk).update(failed_at=timezone.now(), problem=str(refusal))
            refused += 1
        except Exception as failure:  # of one: the others are carried out all the same
            failures.append(failure)
    if failures:
        raise ExceptionGroup("Plans that could not be carried out", failures)
    return done, refused


@transaction.atomic
def carry_out(due):
    """Carry out the plan ``due``; return whether it still stood."""
    thing = due.thing
    row = locked(thing) if thing else None
    still = Plan.objects.filter(pk=due.pk, at=due.at, failed_at=None).exists()
    if row is None or not still:
        Plan.objects.filter(pk=due.pk, at=due.at).delete()
        return False
    told = f"As planned for {timezone.localtime(due.at):%-d %B %Y, %H:%M}. {due.note}".strip()
    if due.action == Plan.Action.TAKE_DOWN:
        take_down(
            row,
            due.user,
            expected=latest(row),
            reason=due.reason,
            leads_to=due.leads_to,
            note_of_it=told,
        )
    else:
        publish(row, due.user, expected=latest(row), note_of_it=told, public_note=due.public_note)
    Plan.objects.filter(pk=due.pk).delete()
    return True


def forget(instance, **signal):
    """Before ``instance`` is deleted: nothing of it waits any longer. Its history stays."""
    Plan.objects.of(instance).delete()
    Revision.objects.of(instance).pending().update(is_pending=False)
    Update.objects.of(instance).delete()
