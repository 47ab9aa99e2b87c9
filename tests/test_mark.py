"""The mark is the partners' true bearings, so another partnership gets its own."""

from io import BytesIO
from itertools import combinations

import pytest
from PIL import Image

from pages import cards
from partners.mark import draw_map, ring_step, strokes
from partners.models import Partner

pytestmark = pytest.mark.django_db

# Bearing in degrees and distance in km, worked out apart from the code, from the ROR coordinates.
EXPECTED = {
    "nottingham": (27.6, 44),
    "loughborough": (42.8, 25),
    "leicester": (78.8, 22),
    "cranfield": (135.9, 82),
    "warwick": (190.3, 22),
    "aston": (246.4, 33),
    "birmingham": (246.4, 33),
    "keele": (310.2, 69),
}


def partner(slug, latitude, longitude):
    return Partner(short_name=slug, slug=slug, latitude=latitude, longitude=longitude)


def test_each_stroke_has_the_true_bearing_and_distance():
    found = {s.partner.slug: (s.bearing, round(s.distance)) for s in strokes(Partner.objects.all())}
    assert found == EXPECTED


def test_two_partners_in_one_city_stand_side_by_side():
    sides = {s.partner.slug: s.side for s in strokes(Partner.objects.all()) if s.side}
    assert sides == {"aston": 0.5, "birmingham": -0.5}


def test_two_partners_lie_opposite_each_other():
    first, second = strokes([partner("a", 50, 0), partner("b", 51, 1)])
    assert abs(first.bearing - second.bearing) == pytest.approx(180)


def test_partners_in_one_place_still_get_a_mark():
    assert len({s.bearing for s in strokes([partner(n, 50, 0) for n in "abc"])}) == 3


def test_a_partner_without_a_place_has_no_stroke(client):
    assert strokes([partner("a", None, None)]) == []
    assert draw_map([partner("a", None, None)]) is None
    Partner.objects.update(latitude=None, longitude=None)
    assert client.get("/").status_code == client.get("/mark.svg").status_code == 200


def test_no_name_on_the_map_covers_another():
    boxes = [place.name_box() for place in draw_map(Partner.objects.all()).places]
    for (left, top, right, bottom), other in combinations(boxes, 2):
        apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
        assert apart, (left, top, other)


def test_all_of_the_map_is_in_view():
    drawing = draw_map(Partner.objects.all())
    for left, top, right, bottom in (place.box() for place in drawing.places):
        assert drawing.left <= left < right <= drawing.left + drawing.width
        assert drawing.top <= top < bottom <= drawing.top + drawing.height


@pytest.mark.parametrize(("furthest", "step"), [(82, 25), (7, 2), (900, 250), (1, 1)])
def test_rings_are_at_round_distances(furthest, step):
    assert ring_step(furthest) == step


def test_the_mark_has_a_form_for_each_partner(client):
    drawing = client.get("/mark.svg").content.decode()
    for slug in [*EXPECTED, "mark", "unknown"]:
        assert f'<symbol id="{slug}"' in drawing


def test_a_partner_that_is_not_public_is_no_part_of_the_mark(client):
    Partner.objects.filter(slug="keele").update(is_published=False)
    drawing = client.get("/mark.svg").content.decode()
    assert "keele" not in drawing


@pytest.mark.parametrize(
    "address",
    [
        "/card.png",
        "/programmes/era/card.png",
        "/partners/keele/card.png",
        "/people/helen-turner/card.png",
        "/topics/energy/card.png",
    ],
)
def test_a_shared_link_has_a_card_of_the_size_that_is_asked_for(client, address):
    response = client.get(address)
    picture = Image.open(BytesIO(response.content))
    assert (response["Content-Type"], picture.format, picture.size) == (
        "image/png",
        "PNG",
        (1200, 630),
    )


def test_each_page_names_its_own_card(client):
    page = client.get("/programmes/era/").content.decode()
    assert (
        '<meta property="og:image" content="http://127.0.0.1:8000/programmes/era/card.png">' in page
    )


@pytest.mark.parametrize("address", ["/programmes/none/card.png", "/nothing/era/card.png"])
def test_what_is_not_there_has_no_card(client, address):
    assert client.get(address).status_code == 404


def test_a_long_title_is_broken_between_words_and_stays_on_the_card():
    title = (
        "A very long name indeed for a programme that nobody would ever call by all of its words"
    )
    face = cards.font(44)
    broken = cards.lines(title, face, 640)
    assert " ".join(broken) == title
    assert all(face.getlength(line) <= 640 for line in broken)


def test_strokes_on_both_sides_of_north_stand_side_by_side():
    west, east = partner("west", 51, -0.005), partner("east", 51, 0.005)
    far = partner("south", 49, 0)
    bearings = {s.partner.slug: (s.bearing % 360, s.side) for s in strokes([west, east, far])}
    assert abs(bearings["west"][0] - bearings["east"][0]) < 0.2
    assert {bearings["west"][1], bearings["east"][1]} == {-0.5, 0.5}


@pytest.mark.parametrize("title", ["Ł" * 3, "W" * 60, "", "A name " * 40])
def test_any_title_makes_a_card(title):
    assert cards.draw(title, title, ()).startswith(b"\x89PNG")


@pytest.mark.parametrize("address", ["/mark.svg", "/favicon.svg", "/people/helen-turner/card.png"])
def test_a_drawing_is_sent_again_only_when_it_is_another(client, address):
    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Partner.objects.filter(slug="keele").update(longitude=0)
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200
