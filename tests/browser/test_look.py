"""The face of the site, as far as it can be measured: weight, steadiness, focus, targets, print."""

import brotli
import pytest

from tests.page_types import PAGES

KB = 1000
ROUND_TRIP = 14 * KB  # HTML and CSS together, compressed
FIRST_VISIT = 40 * KB
REQUESTS = 6
STYLE_SHEET = 24 * KB
TARGET = 24  # px


@pytest.mark.parametrize("address", PAGES)
def test_a_first_visit_is_light(browser_page, site, address):
    weights = {}

    def weigh(response):
        if response.url.startswith(site):
            kind = response.request.resource_type
            weights[response.url] = (kind, len(brotli.compress(response.body(), quality=5)))

    browser_page.on("response", weigh)
    browser_page.goto(address, wait_until="networkidle")
    text = sum(size for kind, size in weights.values() if kind in ("document", "stylesheet"))
    assert text <= ROUND_TRIP
    assert sum(size for _, size in weights.values()) <= FIRST_VISIT
    assert len(weights) <= REQUESTS, list(weights)


def test_the_style_sheet_stays_small(browser_page):
    browser_page.goto("/")
    sheet = browser_page.locator("link[rel=stylesheet]").get_attribute("href")
    assert len(browser_page.request.get(sheet).body()) <= STYLE_SHEET


@pytest.mark.accessibility
@pytest.mark.parametrize("address", PAGES)
def test_nothing_moves_while_a_page_loads(browser_page, address):
    browser_page.add_init_script("""
        window.shift = 0
        new PerformanceObserver(list => list.getEntries().forEach(e => window.shift += e.value))
            .observe({type: "layout-shift", buffered: true})
    """)
    browser_page.set_viewport_size({"width": 390, "height": 800})
    browser_page.goto(address, wait_until="networkidle")
    assert browser_page.evaluate("window.shift") == 0


@pytest.mark.accessibility
@pytest.mark.parametrize("address", PAGES)
def test_every_stop_of_the_tab_key_is_seen_in_order(browser_page, address):
    """What has focus is in view, not covered, outlined, and stops follow the page's order."""
    browser_page.set_viewport_size({"width": 390, "height": 700})
    browser_page.goto(address)
    order = []
    for _ in range(browser_page.locator("a[href], button, select, input, textarea").count()):
        browser_page.keyboard.press("Tab")
        stop = browser_page.evaluate(
            """target => {
            const focused = document.activeElement, box = focused.getClientRects()[0]
            if (focused === document.body) return null
            // A browser brings a tall field into view as far as its caret, so its lower part may be
            // out of the window: what is in the window counts, if a finger could hit it.
            const above = Math.max(box.top, 0), below = Math.min(box.bottom, innerHeight)
            const top = document.elementFromPoint(box.x + box.width / 2, (above + below) / 2)
            const all = [...document.querySelectorAll("a[href], button, select, input, textarea")]
            return {
                words: focused.textContent.trim().slice(0, 40),
                place: all.indexOf(focused),
                seen: below - above >= Math.min(box.height, target)
                    && (focused.contains(top) || (top !== null && top.contains(focused))),
                outlined: getComputedStyle(focused).outlineStyle !== "none",
            }
        }""",
            TARGET,
        )
        if stop is None:
            break
        assert stop["seen"], stop
        assert stop["outlined"], stop
        order.append(stop["place"])
    assert order == sorted(order)
    assert len(order) > 5


@pytest.mark.accessibility
@pytest.mark.parametrize("address", PAGES)
def test_targets_are_large_enough_for_a_finger_or_stand_in_a_sentence(browser_page, address):
    browser_page.set_viewport_size({"width": 320, "height": 700})
    browser_page.goto(address)
    small = browser_page.evaluate(
        """target => [...document.querySelectorAll("main a, nav a, footer a, button, select")]
            .filter(e => !e.closest(".prose, p:not(.ask-line), figcaption, dd, svg"))
            .filter(e => Math.min(e.getBoundingClientRect().height, e.getBoundingClientRect().width) < target)
            .map(e => e.outerHTML)""",
        TARGET,
    )
    assert small == []


@pytest.mark.parametrize("slug", ["era", "mi-health", "transport", "c-dice", "equipment-sharing"])
def test_a_programme_prints_on_one_page(browser_page, slug):
    browser_page.goto(f"/programmes/{slug}/")
    printed = browser_page.pdf(format="A4", prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 1


def test_a_printed_programme_names_its_contact_and_leaves_out_the_menu(browser_page):
    browser_page.goto("/programmes/mi-health/")
    browser_page.emulate_media(media="print")
    route = browser_page.get_by_role("complementary", name="Whom to ask")
    assert "Alex Archibald" in route.inner_text()
    assert not browser_page.locator(".site-nav").is_visible()


def test_the_mark_is_drawn_in_the_colours_of_the_page(browser_page):
    """Its file is drawn once for all pages; the colour must still come from where it stands."""
    browser_page.goto("/")
    mark = browser_page.locator(".site-name .glyph")
    assert mark.bounding_box()["width"] > 24
    light = mark.screenshot()
    browser_page.emulate_media(color_scheme="dark")
    assert mark.screenshot() != light


def test_the_heading_face_is_ours_when_the_line_is_fast(browser_page):
    browser_page.goto("/", wait_until="networkidle")
    browser_page.reload(wait_until="networkidle")
    assert browser_page.evaluate("[...document.fonts].map(font => font.status)") == ["loaded"]
