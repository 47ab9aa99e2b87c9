"""The rooms of the house, and which way they look."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent

# Each imports only from those below it.
ROOMS = [
    "mi_site",
    "desk",
    "finder",
    "pages",
    "enquiries",
    "faq",
    "programmes",
    "people",
    "partners",
    "topics",
    "publishing",
    "outbox",
    "timer",
]


def imported_rooms(room):
    """Return (file, other room) for every import of ``room``, those inside functions included."""
    for path in sorted((PROJECT / room).rglob("*.py")):
        if "migrations" in path.parts:
            continue  # Django writes these, and splits them where models point both ways
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            for name in names:
                other = name.partition(".")[0]
                if other in ROOMS and other != room:
                    yield path.relative_to(PROJECT), other


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_those_below_it(room):
    above = ROOMS[: ROOMS.index(room)]
    assert [(str(path), other) for path, other in imported_rooms(room) if other in above] == []


def test_every_app_of_ours_is_a_room(settings):
    ours = {name.partition(".")[0] for name in settings.INSTALLED_APPS}
    assert {name for name in ours if (PROJECT / name).is_dir()} == set(ROOMS)


def test_imports_do_exist_and_are_seen():
    assert "programmes" in {other for _, other in imported_rooms("enquiries")}
