"""The mark: the partners' true bearings around their common centre, one stroke each.

Distances are in kilometres on a plane around the centre, which is near enough for a region:
one degree of latitude is 111.2 km, one of longitude 111.32 km times the cosine of the latitude.
"""

from dataclasses import dataclass
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
    return [
        Stroke(
            stroke.partner,
            round(mean(one.bearing for one in cluster), 1),
            stroke.distance,
            (len(cluster) - 1) / 2 - place,
        )
        for cluster in clusters
        for place, stroke in enumerate(cluster)
    ]
