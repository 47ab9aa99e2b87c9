"""What only a browser can tell, of every type of page: the real site, as `make run` starts it."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.page_types import PAGES

LEVELS = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [
    (320, {"color_scheme": "light", "forced_colors": "none"}),
    (320, {"color_scheme": "dark", "forced_colors": "active"}),
    (1440, {"color_scheme": "dark", "forced_colors": "none"}),
    (1440, {"color_scheme": "light", "forced_colors": "none"}),
]


def violations(page, levels=LEVELS):
    found = Axe().run(page, options={"runOnly": levels}).response["violations"]
    return [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]]


@pytest.mark.accessibility
@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(browser_page, address):
    browser_page.goto(address)
    for width, look in LOOKS:
        browser_page.set_viewport_size({"width": width, "height": 800})
        browser_page.emulate_media(**look)
        assert browser_page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(browser_page) == [], (width, look)


@pytest.mark.accessibility
@pytest.mark.parametrize("address", PAGES)
def test_text_twice_as_large_still_fits(browser_page, address):
    """As 200 % text on a tablet and 400 % zoom on a desktop leave it: 640 px, 320 px."""
    browser_page.set_viewport_size({"width": 640, "height": 800})
    browser_page.goto(address)
    # What a browser's own setting for the size of text does; a page's policy does not bind it.
    browser_page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= 640
    assert violations(browser_page) == []


@pytest.mark.parametrize("address", PAGES)
def test_a_page_asks_nothing_of_anybody_else_and_the_browser_finds_nothing_amiss(
    browser_page, site, address
):
    requests, complaints = [], []
    browser_page.on("request", lambda request: requests.append(request.url))
    browser_page.on("console", lambda message: complaints.append(message.text))
    browser_page.on("pageerror", lambda error: complaints.append(str(error)))
    status = browser_page.goto(address).status
    assert status == (404 if address == "/no-such-page/" else 200)
    # A browser reports the failure of the page itself, which here is what was asked for.
    complaints = [text for text in complaints if "404" not in text or status == 200]
    assert complaints == []
    assert [url for url in requests if not url.startswith(site)] == []
    cookies = {cookie["name"] for cookie in browser_page.context.cookies()}
    assert cookies == ({"csrftoken"} if address.startswith("/enquire/") else set())


@pytest.mark.accessibility
def test_the_first_tab_stop_skips_to_the_content(browser_page):
    browser_page.goto("/programmes/era/")
    browser_page.keyboard.press("Tab")
    skip = browser_page.locator(":focus")
    assert skip.inner_text() == "Skip to the content"
    assert skip.bounding_box()["y"] >= 0
    browser_page.keyboard.press("Enter")
    browser_page.keyboard.press("Tab")
    assert browser_page.locator("main :focus").count() == 1


def test_a_question_linked_from_elsewhere_is_in_view(browser_page):
    browser_page.goto("/faq/#why-place-matters")
    heading = browser_page.locator("#why-place-matters")
    assert 0 <= heading.bounding_box()["y"] < browser_page.viewport_size["height"]


@pytest.mark.accessibility
def test_the_form_to_find_your_route_works_by_keyboard_alone(browser_page):
    browser_page.goto("/contacts/")
    browser_page.get_by_label("Programme", exact=True).focus()
    browser_page.keyboard.type("Midlands Innovation Health")
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.type("Keele")
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.press("Enter")
    browser_page.wait_for_url("**/contacts/?*")
    route = browser_page.get_by_role("complementary", name="Whom to ask")
    assert "Alex Archibald" in route.inner_text()
    assert "At Keele University" in route.inner_text()
