"""Somebody hands over a role at the desk, and their name vanishes from the site."""

from .test_desk import desk, nothing_is_amiss, signed_in  # noqa: F401 (fixtures)

PERSON = "Alex Archibald"


def test_somebody_hands_over_a_role_and_their_name_vanishes(signed_in):  # noqa: F811
    page = signed_in
    page.goto("/programmes/mi-health/")
    assert PERSON in page.locator(".contact-route").inner_text()

    page.goto("/admin/people/person/")
    page.get_by_role("link", name=PERSON).click()
    page.get_by_role("link", name="Leaves, hands over").click()
    nothing_is_amiss(page)

    page.get_by_label("From", exact=True).fill("")
    page.get_by_label("MI Health Manager: who takes over").select_option(label="Sue Clayton")
    page.get_by_role("button", name="Show what will happen").click()
    assert page.title().startswith("Error: ")
    nothing_is_amiss(page)

    page.get_by_label("From", exact=True).fill("2026-01-05")
    page.get_by_role("button", name="Show what will happen").click()
    assert "MI Health Manager goes to Sue Clayton." in page.locator("#content").inner_text()
    nothing_is_amiss(page)

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
