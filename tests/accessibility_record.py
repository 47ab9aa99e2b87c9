"""The record of accessibility tests that the page /accessibility/ shows: see `page_audit`."""

import datetime
import json
import re
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree

from .browser.test_pages import LOOKS
from .running_site import PROJECT

RECORD = PROJECT / "pages" / "accessibility_record.json"
MINUTES = 30


def check(asked, answers):
    """Return what was asked, of how many pages or steps, and how often it was not so."""
    return {"asked": asked, "number": len(answers), "failed": answers.count(False)}


def browser_checks():
    """Run the tests marked as of accessibility; return a check for each of their functions."""
    with tempfile.TemporaryDirectory(prefix="accessibility-") as folder:
        report = Path(folder, "report.xml")
        tests = ["tests/browser", "-m", "accessibility", f"--junitxml={report}"]
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
            cwd=PROJECT,
            timeout=60 * MINUTES,
        )
        return read(ElementTree.parse(report))


def read(report):
    """Return a check for each test function of a JUnit report; its name is what was asked."""
    answers = {}
    for case in report.iter("testcase"):
        passed = not any(case.find(tag) is not None for tag in ("failure", "error", "skipped"))
        answers.setdefault(sentence(case.get("name")), []).append(passed)
    return [check(asked, passed) for asked, passed in answers.items()]


def sentence(name):
    """Return the name of a test as the sentence it is.

    >>> sentence("test_the_first_tab_stop_skips_to_the_content[/faq/]")
    'The first tab stop skips to the content'
    """
    return name.partition("[")[0].removeprefix("test_").replace("_", " ").capitalize()


def axe_version():
    source = resources.files("axe_playwright_python").joinpath("axe.min.js")
    return re.search(r"axe v([\d.]+)", source.read_text(encoding="utf-8"))[1]


def looks():
    """Return the widths and colours in which the tests look at each page, in words."""
    forced = {"none": "", "active": ", with the colours of the system forced on it"}
    return [
        f"{width} pixels wide in {look['color_scheme']} colours{forced[look['forced_colors']]}"
        for width, look in LOOKS
    ]


def write(tools, checks):
    record = {
        "tested_on": datetime.date.today().isoformat(),
        "tools": {name: str(version) for name, version in tools.items()},
        "looks": looks(),
        "checks": checks,
    }
    text = json.dumps(record, ensure_ascii=False, indent=2)
    RECORD.write_text(f"{text}\n", encoding="utf-8")
