"""The accessibility statement: what regulation 8 of SI 2018/952 asks for, from tests on record."""

import datetime
import json
import pkgutil
from importlib import import_module
from xml.etree import ElementTree

import pytest

from pages import accessibility
from partners.models import Partnership

from . import accessibility_record, browser
from .page_types import PAGES
from .site_map import read

pytestmark = pytest.mark.django_db

PAGE = "/accessibility/"
RECORD = {
    "tested_on": "2031-02-03",
    "tools": {"axe-core": "9.8.7"},
    "looks": ["320 pixels wide in light colours"],
    "checks": [{"asked": "Axe finds nothing", "number": 12, "failed": 0}],
}


@pytest.fixture
def on_record(monkeypatch, tmp_path):
    """Return a function that puts other tests on record, or none."""
    monkeypatch.setattr(accessibility, "RECORD", tmp_path / "record.json")

    def put(record):
        accessibility.RECORD.write_text(json.dumps(record))

    return put


def test_the_page_says_what_was_tested_and_when(client, on_record):
    on_record(RECORD)
    text = read(client, PAGE).text
    assert "tests of 3 February 2031, with axe-core 9.8.7." in text
    assert "320 pixels wide in light colours" in text
    assert "Axe finds nothing 12 none" in text
    assert "partially compliant with the Web Content Accessibility Guidelines" in text


def test_what_a_test_found_is_listed_as_not_accessible(client, on_record):
    on_record(RECORD | {"checks": [{"asked": "Axe finds nothing", "number": 12, "failed": 3}]})
    text = read(client, PAGE).text
    assert "Axe finds nothing: not so on 3 of 12 pages or steps tested." in text
    assert "Axe finds nothing 12 3" in text


def test_without_a_record_nothing_is_claimed(client, on_record):
    text = read(client, PAGE).text
    assert "No test of this website is on record" in text
    assert "compliant" not in text


def test_the_record_that_comes_with_the_site_is_whole():
    record = accessibility.last_tests()
    assert set(record) == set(RECORD)
    assert datetime.date(2026, 11, 21) <= record["tested_on"] <= datetime.date.today()
    assert record["looks"] == accessibility_record.looks()
    for check in record["checks"]:
        assert 0 <= check["failed"] <= check["number"] > 0, check
    assert "Chromium" in record["tools"]


def browser_checks():
    """Return {what is asked: of how many pages or steps} of the tests that join the record."""
    found = {}
    for module in pkgutil.iter_modules(browser.__path__, f"{browser.__name__}."):
        for name, thing in vars(import_module(module.name)).items():
            marks = {mark.name: mark for mark in getattr(thing, "pytestmark", [])}
            if name.startswith("test_") and "accessibility" in marks:
                pages = marks["parametrize"].args[1] if "parametrize" in marks else [name]
                found[accessibility_record.sentence(name)] = len(pages)
    return found


def test_the_record_that_comes_with_the_site_is_of_every_type_of_page_as_it_is_now():
    recorded = {check["asked"]: check["number"] for check in accessibility.last_tests()["checks"]}
    in_browser = browser_checks()
    assert {asked: recorded.pop(asked, 0) for asked in in_browser} == in_browser
    # The W3C's checker reads every page, and Lighthouse all but the one that is not found.
    assert list(recorded.values()) == [len(PAGES), len(PAGES) - 1]


def test_the_page_reads_what_the_tests_write(monkeypatch, tmp_path):
    monkeypatch.setattr(accessibility_record, "RECORD", tmp_path / "record.json")
    monkeypatch.setattr(accessibility, "RECORD", tmp_path / "record.json")
    checks = [accessibility_record.check("It works", [True, False])]
    accessibility_record.write({"Chromium": 141}, checks)
    assert accessibility.last_tests() == {
        "tested_on": datetime.date.today(),
        "tools": {"Chromium": "141"},
        "looks": accessibility_record.looks(),
        "checks": [{"asked": "It works", "number": 2, "failed": 1}],
    }


def test_a_test_that_did_not_pass_counts_as_failed():
    report = ElementTree.ElementTree(
        ElementTree.fromstring(
            "<testsuite>"
            '<testcase name="test_it_works[/]"/>'
            '<testcase name="test_it_works[/faq/]"><failure/></testcase>'
            '<testcase name="test_it_works[/about/]"><error/></testcase>'
            '<testcase name="test_it_works[/people/]"><skipped/></testcase>'
            "</testsuite>"
        )
    )
    assert accessibility_record.read(report) == [{"asked": "It works", "number": 4, "failed": 3}]


def test_the_page_says_how_to_report_a_problem(client):
    assert "has not yet said how to reach them about accessibility" in read(client, PAGE).text
    Partnership.objects.update(accessibility_contact="access@example.org")
    page = read(client, PAGE)
    assert "has not yet said" not in page.text
    assert ("access@example.org", "mailto:access@example.org") in page.links


def test_the_page_names_the_regulations_and_who_enforces_them(client):
    page = read(client, PAGE)
    assert "SI 2018/952" in page.text
    links = [link for _, link in page.links]
    assert "https://www.legislation.gov.uk/uksi/2018/952/part/5" in links
    assert "https://www.equalityadvisoryservice.com/" in links
    assert "https://www.equalityni.org/" in links


def test_the_page_says_what_was_not_tested(client):
    text = read(client, PAGE).text
    for what in ("screen readers", "Safari or Firefox", "real phones", "where staff edit"):
        assert what in text


def test_every_page_leads_to_the_statement(client):
    assert ("Accessibility", PAGE) in read(client, "/programmes/era/").links
