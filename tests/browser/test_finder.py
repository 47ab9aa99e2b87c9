"""A search from beginning to end, in the real site."""

import json
import urllib.request
from urllib.parse import urlencode

import pytest


def tab_to(page, wanted):
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.and_(page.locator(":focus")).count():
            return
    raise AssertionError(f"The Tab key does not come to {wanted}.")


def test_somebody_finds_whom_to_ask_with_the_keyboard_alone(browser, site):
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        tab_to(page, page.locator("input[name=q]"))
        page.keyboard.type("clinical trails")
        page.keyboard.press("Enter")
        page.wait_for_url("**/find/**")
        assert "Midlands Innovation Health" in page.locator(".result").first.inner_text()
        assert page.locator("input[name=q]").input_value() == "clinical trails"
        tab_to(page, page.get_by_role("link", name="Midlands Innovation Health"))
        page.keyboard.press("Enter")
        page.wait_for_url("**/programmes/mi-health/")
        assert "Alex Archibald" in page.locator(".contact-route").inner_text()


def test_somebody_says_where_they_are_and_gets_their_own_route(browser_page):
    browser_page.goto("/find/?q=freight")
    browser_page.get_by_label("Your university").select_option("Keele University")
    browser_page.get_by_role("button", name="Find").click()
    assert "At Keele University" in browser_page.locator(".result").first.inner_text()
    assert "q=freight" in browser_page.url


@pytest.mark.parametrize("letter", ["x", "💚", "\u202e"])
def test_the_server_takes_a_question_of_ten_thousand_characters(site, letter):
    query = urlencode({"q": letter * 10_000, "format": "json"})
    with urllib.request.urlopen(f"{site}/find/?{query}", timeout=20) as response:
        assert json.load(response)["fallback"]
