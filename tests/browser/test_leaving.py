"""Somebody hands over a role at the desk, and their name vanishes from the site."""

from .test_desk import LEVELS_OF_DJANGO, desk, signed_in  # noqa: F401 (fixtures)
from .test_pages import LOOKS, violations

PERSON = "Alex Archibald"


def looks_well(page):
    for width, look in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(**look)
        page.wait_for_timeout(500)  # the colours of Django's links fade into each other
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, look)
        assert violations(page, LEVELS_OF_DJANGO) == [], (width, look)


def test_somebody_hands_over_a_role_and_their_name_vanishes(signed_in):  # noqa: F811
    page = signed_in
    page.goto("/programmes/mi-health/")
    assert PERSON in page.locator(".contact-route").inner_text()

    page.goto("/admin/people/person/")
    page.get_by_role("link", name=PERSON).click()
    page.get_by_role("link", name="Leaves, hands over").click()
    looks_well(page)

    page.get_by_label("From", exact=True).fill("")
    page.get_by_label("MI Health Manager: who takes over").select_option(label="Sue Clayton")
    page.get_by_role("button", name="Show what will happen").click()
    assert page.title().startswith("Error: ")
    looks_well(page)

    page.get_by_label("From", exact=True).fill("2026-01-05")
    page.get_by_role("button", name="Show what will happen").click()
    assert "MI Health Manager goes to Sue Clayton." in page.locator("#content").inner_text()
    looks_well(page)

    page.get_by_role("button", name="Change something").click()
    assert page.get_by_label("From", exact=True).input_value() == "2026-01-05"
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_role("button", name="Do this now").click()
    assert f"{PERSON} has left." in page.locator(".messagelist").inner_text()

    page.goto("/programmes/mi-health/")
    assert "Sue Clayton" in page.locator(".contact-route").inner_text()
    for address in ("/", "/people/", "/contacts/", "/faq/", "/sources/faq/", "/find/?q=health"):
        page.goto(address)
        assert "Archibald" not in page.content(), address
    assert page.goto("/people/alex-archibald/").status == 404
