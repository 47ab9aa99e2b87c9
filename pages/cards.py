"""Social cards: what a link to a page looks like where somebody shares it."""

from functools import lru_cache
from io import BytesIO

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 630)  # what Open Graph consumers agree on
SCALE = 2  # drawn larger, then made smaller: smooth edges
FONT = settings.BASE_DIR / "static" / "fonts" / "baskervville.woff2"

# Colours are tokens of site.css: --block, --on-block-hue, its rings; --on-block, --on-block-2.
GROUND, STROKE, RING = "#083f36", "#8fdcc8", "#305d55"

MARK_CENTRE, MARK_RADIUS = (960, 315), 170
# Where they stand, how much room they have, their colours and the sizes to choose from.
TITLE = ((80, 90), (640, 390), "#ffffff", (76, 64, 54, 44, 36, 28))
NAME = ((80, 520), (640, 80), "#dcf0ea", (34, 28, 22))


@lru_cache(maxsize=128)
def draw(title, name, strokes):
    """Return the PNG of a card: ``title`` large, ``name`` below, the mark beside them."""
    image = Image.new("RGB", [side * SCALE for side in SIZE], GROUND)
    pencil = ImageDraw.Draw(image)
    draw_rings(pencil)
    draw_mark(pencil, strokes)
    draw_text(pencil, title, *TITLE)
    draw_text(pencil, name, *NAME)
    image = image.resize(SIZE, Image.Resampling.LANCZOS).quantize(64)
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def draw_rings(pencil):
    for radius in (240, 300, 360):
        pencil.circle(scaled(*MARK_CENTRE), radius * SCALE, outline=RING, width=SCALE)


def draw_mark(pencil, strokes):
    """Draw the strokes in the proportions of mark.svg, whose radius is 24.5."""
    unit = MARK_RADIUS / 24.5
    for stroke in strokes:
        ends = [stroke.point(radius * unit, 4.6 * unit) for radius in (11.5, 24.5)]
        line = [scaled(MARK_CENTRE[0] + x, MARK_CENTRE[1] + y) for x, y in ends]
        pencil.line(line, STROKE, round(2.9 * unit * SCALE))


def draw_text(pencil, text, place, room, colour, sizes):
    """Write ``text`` at the largest of ``sizes`` at which it fits into ``room``, broken by words."""
    for size in sizes:
        face, spacing = font(size), 0.2 * size * SCALE
        broken = "\n".join(lines(text, face, room[0] * SCALE))
        box = pencil.multiline_textbbox((0, 0), broken, face, spacing=spacing)
        if box[2] <= room[0] * SCALE and box[3] <= room[1] * SCALE:
            break
    pencil.multiline_text(scaled(*place), broken, colour, face, spacing=spacing)


def lines(text, face, width):
    """Break ``text`` between words so that each line fits, if a word alone does."""
    broken = [""]
    for word in text.split():
        longer = f"{broken[-1]} {word}".strip()
        if broken[-1] and face.getlength(longer) > width:
            broken.append(word)
        else:
            broken[-1] = longer
    return broken


@lru_cache
def font(size):
    return ImageFont.truetype(FONT, size * SCALE)


def scaled(x, y):
    return (x * SCALE, y * SCALE)
