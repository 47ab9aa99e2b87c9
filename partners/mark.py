"""The mark: the partners' true bearings around their common centre, one stroke each.

Distances are in kilometres on a plane around the centre, which is near enough for a region:
one degree of latitude is 111.2 km, one of longitude 111.32 km times the cosine of the latitude.
"""

from dataclasses import dataclass, replace
from math import atan2, cos, degrees, hypot, radians, sin
from statistics import mean

KM_A_DEGREE_NORTH = 111.2
KM_A_DEGREE_EAST = 111.32

# Strokes nearer than this would run into each other, so they stand side by side.
SAME_BEARING = 4  # degrees


@dataclass(frozen=True)
class Stroke:
    """Where a partner lies, seen from the centre of all."""

    partner: object
    bearing: float  # degrees clockwise from north
    distance: float  # km
    side: float = 0  # its place among strokes of one bearing: 0 alone, -.5 and .5 for two

    def point(self, distance, offset=0):
        """Return (x, y) in km, y to the south, at ``distance`` along the bearing."""
        angle = radians(self.bearing)
        x, y = self.side * offset, -distance
        return x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle)


def strokes(partners):
    """Return a Stroke for each of ``partners`` whose place is known, by bearing."""
    placed = [partner for partner in partners if partner.latitude is not None]
    if not placed:
        return []
    north = mean(float(partner.latitude) for partner in placed)
    east = mean(float(partner.longitude) for partner in placed)
    found = []
    for number, partner in enumerate(placed):
        x = (float(partner.longitude) - east) * KM_A_DEGREE_EAST * cos(radians(north))
        y = (float(partner.latitude) - north) * KM_A_DEGREE_NORTH
        distance = hypot(x, y)
        # One at the very centre has no bearing: it takes a turn of its own.
        bearing = degrees(atan2(x, y)) % 360 if distance > 1 else 360 * number / len(placed)
        found.append(Stroke(partner, round(bearing, 1), round(distance, 1)))
    return side_by_side(found)


def side_by_side(found):
    """Return the strokes by bearing, those of (nearly) one bearing parallel at their mean."""
    found = sorted(found, key=lambda stroke: stroke.bearing)
    clusters = []
    for stroke in found:
        if clusters and stroke.bearing - clusters[-1][-1].bearing < SAME_BEARING:
            clusters[-1].append(stroke)
        else:
            clusters.append([stroke])
    if len(clusters) > 1 and clusters[0][0].bearing + 360 - clusters[-1][-1].bearing < SAME_BEARING:
        # Past north the count begins anew: those just west of it belong to those just east.
        west = [replace(stroke, bearing=stroke.bearing - 360) for stroke in clusters.pop()]
        clusters[0] = west + clusters[0]
    return [
        Stroke(
            stroke.partner,
            round(mean(one.bearing for one in cluster) % 360, 1),
            stroke.distance,
            (len(cluster) - 1) / 2 - place,
        )
        for cluster in clusters
        for place, stroke in enumerate(cluster)
    ]


# The map, in km around the centre.

INNER = 12  # where its strokes begin
PAIR_GAP = 4.8
NAME_GAP = 10.5  # names of a pair need more room than their strokes
LABEL_SIZE = 8.2  # on a narrow screen; less on a wide one
LETTER_WIDTH = 0.6 * LABEL_SIZE
MARGIN = 4


@dataclass(frozen=True)
class Place:
    """A partner on the map: a stroke from near the centre to its dot, and its name beside it."""

    partner: object
    start: tuple
    dot: tuple
    label: tuple  # where the name is anchored
    anchor: str  # start, middle or end

    def name_box(self):
        """Return (left, top, right, bottom) of the name."""
        width = LETTER_WIDTH * len(self.partner.short_name)
        x, y = self.label
        left = {"start": x, "middle": x - width / 2, "end": x - width}[self.anchor]
        return left, y - 0.75 * LABEL_SIZE, left + width, y + 0.25 * LABEL_SIZE

    def box(self):
        """Return (left, top, right, bottom) of dot and name."""
        left, top, right, bottom = self.name_box()
        x, y = self.dot
        return min(left, x), min(top, y), max(right, x), max(bottom, y)


@dataclass(frozen=True)
class Map:
    places: list
    rings: list  # radii, km
    left: float
    top: float
    width: float
    height: float

    @property
    def view_box(self):
        return f"{self.left} {self.top} {self.width} {self.height}"


def draw_map(partners):
    """Return the Map of ``partners`` whose place is known, or None if there are none."""
    found = strokes(partners)
    if not found:
        return None
    edge = max(abs(stroke.point(stroke.distance)[0]) for stroke in found)
    places = [place(stroke, edge) for stroke in found]
    boxes = [one.box() for one in places]
    left, top = (min(box[side] for box in boxes) - MARGIN for side in (0, 1))
    right, bottom = (max(box[side] for box in boxes) + MARGIN for side in (2, 3))
    step = ring_step(max(stroke.distance for stroke in found))
    return Map(
        places,
        [step, 2 * step, 3 * step],
        *(round(number, 1) for number in (left, top, right - left, bottom - top)),
    )


def place(stroke, edge):
    """Return where ``stroke`` and its name stand; names at the sides of the map turn inwards."""
    offset = PAIR_GAP if stroke.side else 0
    start = stroke.point(min(INNER, stroke.distance / 2), offset)
    dot = stroke.point(stroke.distance, offset)
    x, y = stroke.point(stroke.distance, NAME_GAP if stroke.side else 0)
    if abs(sin(radians(stroke.bearing))) < 0.25:  # nearly north or south: above or below the dot
        label, anchor = (x, y + (LABEL_SIZE + 2 if y > 0 else -4)), "middle"
    else:
        side = 1 if x > 0 else -1
        y += LABEL_SIZE / 3
        if abs(x) > 0.6 * edge:  # past the stroke, which comes from the same side
            side, y = -side, y + (5 if y > 0 else -5)
        label, anchor = (dot[0] + 4 * side, y), "start" if side > 0 else "end"
    return Place(
        stroke.partner, *((round(a, 1), round(b, 1)) for a, b in (start, dot, label)), anchor
    )


def ring_step(furthest):
    """Return the greatest round number of km that fits three times into ``furthest``."""
    steps = [factor * 10**power for power in range(4) for factor in (1, 2, 2.5, 5)]
    fitting = [step for step in steps if 3 * step <= furthest]
    step = max(fitting, default=1)
    return int(step) if step == int(step) else step
