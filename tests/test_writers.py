"""Whoever writes to the database of the running site, and however: the next answer shows it.

What commits in the usual ways is in test_freshness.py. These are other programs that do more than
commit a row: they load, migrate, restore, or put another file in the place of the database.
"""

import pytest

from .bench.servers import Database, fetch, in_django, told_by
from .conftest import another_database
from .running_site import manage, running_site
from .test_freshness import ENOUGH


class Running:
    """The site with two workers, and what edits it from another process."""

    def __init__(self, address, data, environment):
        self.address = address
        self.data, self.environment = data, environment

    @property
    def is_on_sqlite(self):
        return not self.environment

    def edit(self, way, folder, city):
        """Let a program edit the city of a partner; return the address of its page, and what that
        must show."""
        database = Database("", self.data, self.environment.get("DATABASE_URL", ""))
        told = told_by(in_django("editing", database, way, self.address, folder, city))
        return told["address"], told["shown"]

    def answers(self, address):
        """Yield what is answered on enough new connections to meet both workers."""
        for _ in range(ENOUGH):
            status, _, body = fetch(self.address, address, {})
            assert status == 200
            yield body.decode()

    def shows(self, address, city):
        return all(f">{city}<" in page for page in self.answers(address))


@pytest.fixture(scope="module")
def site(tmp_path_factory, django_db_blocker):
    data = tmp_path_factory.mktemp("site")
    with (
        another_database(django_db_blocker) as environment,
        running_site(data, TIMER="0", **environment) as (_, address),
    ):
        yield Running(address, data, environment)


@pytest.fixture
def page(site, tmp_path):
    """The address of the page of the partner, which every worker has kept."""
    address, city = site.edit("bulk_update", tmp_path, "Before")
    assert site.shows(address, city)
    return address


WAYS = {
    "loaddata": "loaddata",
    "a migration that changes the table and what it holds": "migration",
    "a restore": "restore",
    "a restore and as many edits as it undid": "restore_and_edit",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_another_program_did_is_on_the_next_answer_of_every_worker(site, page, way, tmp_path):
    _, city = site.edit(way, tmp_path, f"Zyzzyva {way}")
    assert site.shows(page, city)


def test_a_migration_that_was_killed_shows_and_what_is_written_later_once_there_was_another(
    site, page, tmp_path
):
    """SQLite is without triggers in between, of which migrate's own checks warn."""
    site.edit("unfinished_migration", tmp_path, "Halfway")
    try:
        assert site.shows(page, "Halfway")
    finally:
        done = manage("migrate", data=site.data, **site.environment)
    assert done.returncode == 0, done.stderr
    site.edit("raw_sql", tmp_path, "After")
    assert site.shows(page, "After")


def test_another_file_in_the_place_of_the_database_is_on_the_next_answer_of_every_worker(
    site, page, tmp_path
):
    """PostgreSQL has its files to itself."""
    if site.is_on_sqlite:
        finder = "/find/?q=Zyzzyvaville"
        assert not site.shows(finder, "Zyzzyvaville")
        _, city = site.edit("another_file", tmp_path, "Zyzzyvaville")
        assert site.shows(page, city)
        assert site.shows(finder, city), "which the page cache passes by"
