"""Social cards: what a link to a page looks like where somebody shares it."""

from functools import lru_cache
from io import BytesIO

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 630)  # what Open Graph consumers agree on
SCALE = 2  # drawn larger, then made smaller: smooth edges
FONT = settings.BASE_DIR / "static" / "fonts" / "baskervville.woff2"

# The tokens of site.css: --block, --on-block, --on-block-2, --on-block-hue and its rings.
GROUND, TITLE, NAME, STROKE, RING = "#083f36", "#ffffff", "#dcf0ea", "#8fdcc8", "#305d55"

MARK_CENTRE, MARK_RADIUS = (960, 315), 170
TEXT_LEFT, TEXT_TOP, TEXT_WIDTH, TEXT_BOTTOM = 80, 90, 640, 480
SIZES = (76, 64, 54, 44, 36)  # of the title: the largest at which it fits


@lru_cache(maxsize=128)
def draw(title, name, strokes):
    """Return the PNG of a card: ``title`` large, ``name`` below, the mark beside them."""
    image = Image.new("RGB", [side * SCALE for side in SIZE], GROUND)
    pencil = ImageDraw.Draw(image)
    draw_rings(pencil)
    draw_mark(pencil, strokes)
    draw_title(pencil, title)
    pencil.text(scaled(TEXT_LEFT, 530), name, NAME, font(34))
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


def draw_title(pencil, title):
    for size in SIZES:
        text = "\n".join(lines(title, font(size)))
        box = pencil.multiline_textbbox((0, 0), text, font(size), spacing=0.2 * size * SCALE)
        if box[3] <= (TEXT_BOTTOM - TEXT_TOP) * SCALE:
            break
    pencil.multiline_text(
        scaled(TEXT_LEFT, TEXT_TOP), text, TITLE, font(size), spacing=0.2 * size * SCALE
    )


def lines(text, face):
    """Break ``text`` between words so that each line fits."""
    broken = [""]
    for word in text.split():
        longer = f"{broken[-1]} {word}".strip()
        if broken[-1] and face.getlength(longer) > TEXT_WIDTH * SCALE:
            broken.append(word)
        else:
            broken[-1] = longer
    return broken


@lru_cache
def font(size):
    return ImageFont.truetype(FONT, size * SCALE)


def scaled(x, y):
    return (x * SCALE, y * SCALE)
