import os

import pytest
from playwright.sync_api import sync_playwright

from tests.chromium import find_chromium
from tests.running_site import running_site


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The address of the real site, with the real content, started as make run does."""
    with running_site(tmp_path_factory.mktemp("data")) as (_, address):
        yield address


# For the package, not the session: while Playwright runs, Django refuses database work in this
# thread, so it must have stopped before other tests go on.
@pytest.fixture(scope="package")
def browser():
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(browser, site):
    """A page of a browser that has seen nothing yet; it takes addresses such as /faq/."""
    with browser.new_context(base_url=site, locale="en-GB") as context:
        yield context.new_page()
