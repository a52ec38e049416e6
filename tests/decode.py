"""Reads vector tiles with another implementation and says what is in them and what is wrong with them.

Called with a folder of `<name>_<z>_<x>_<y>.mvt` files, whose names may hold anything before the three numbers.
Prints one JSON document: `faults`, a list of sentences, and `tiles`, a list of {name, z, x, y, layers}, where
layers maps an MVT layer to its features as {kind, id, properties, anchor}.
"""

import json
import sys
from pathlib import Path

import mapbox_vector_tile
from shapely.geometry import Polygon
from shapely.validation import explain_validity

EXTENT = 4096
BUFFER = 64


def parts(geometry):
    """Points, lines and rings of a geometry, whatever its type, with the polygons among them."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        return [coordinates], [], []
    if kind == "MultiPoint":
        return coordinates, [], []
    if kind == "LineString":
        return [], [coordinates], []
    if kind == "MultiLineString":
        return [], coordinates, []
    polygons = [coordinates] if kind == "Polygon" else coordinates
    return [], [], polygons


def area(ring):
    """Twice the signed area; positive is clockwise on the screen, where y grows downwards."""
    return sum(
        x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:], strict=False)
    )


def inside(points, buffer):
    return all(
        -buffer <= x <= EXTENT + buffer and -buffer <= y <= EXTENT + buffer
        for x, y in points
    )


def faults_of(geometry):
    points, lines, polygons = parts(geometry)
    # A point on the far edge belongs to the next tile.
    if not all(0 <= x <= EXTENT and 0 <= y <= EXTENT for x, y in points):
        yield f"point outside the tile: {points[:3]}"
    for line in lines:
        if len(line) < 2:
            yield "line of one point"
        if not inside(line, BUFFER):
            yield f"line outside the buffer: {line[:3]}"
    for polygon in polygons:
        for at, ring in enumerate(polygon):
            if len(ring) < 4 or tuple(ring[0]) != tuple(ring[-1]):
                yield f"ring not closed or too short: {ring}"
            elif not inside(ring, BUFFER):
                yield f"ring outside the buffer: {ring[:3]}"
            elif (area(ring) > 0) != (at == 0) or area(ring) == 0:
                yield f"ring {at} winds the wrong way or has no area: {ring[:4]}"
        if all(len(ring) >= 4 for ring in polygon):
            shape = Polygon(polygon[0], polygon[1:])
            if not shape.is_valid:
                yield f"{explain_validity(shape)}: {polygon[0][:4]}"


def catches_what_is_broken():
    """A judge that finds nothing wrong with these would find nothing wrong with a tile."""
    square = [[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]
    bow_tie = [[0, 0], [9, 9], [9, 0], [0, 5], [0, 0]]
    assert not list(faults_of({"type": "Polygon", "coordinates": [square]}))
    for kind, broken in [
        ("Polygon", [square[::-1]]),
        ("Polygon", [square[:-1]]),
        ("Polygon", [bow_tie]),
        ("Polygon", [square, [[5, 5], [9, 5], [20, 20], [5, 5]]]),
        ("Polygon", [[[x + 4153, y] for x, y in square]]),
        ("LineString", [[0, 0], [0, -65]]),
        ("Point", [4097, 5]),
    ]:
        assert list(faults_of({"type": kind, "coordinates": broken})), broken


def main(folder):
    faults, tiles = [], []
    for path in sorted(Path(folder).glob("*.mvt")):
        name, z, x, y = path.stem.rsplit("_", 3)
        decoded = mapbox_vector_tile.decode(
            path.read_bytes(), default_options={"y_coord_down": True}
        )
        layers = {}
        for layer_name, layer in decoded.items():
            if layer["extent"] != EXTENT:
                faults.append(f"{path.name}: {layer_name} has extent {layer['extent']}")
            features = []
            for feature in layer["features"]:
                geometry = feature["geometry"]
                faults += [
                    f"{path.name}: {layer_name} {feature['properties']}: {fault}"
                    for fault in faults_of(geometry)
                ]
                points, _, _ = parts(geometry)
                features.append(
                    {
                        "kind": geometry["type"],
                        "id": feature.get("id"),
                        "properties": feature["properties"],
                        "anchor": points[0] if points else None,
                    }
                )
            layers[layer_name] = features
        tiles.append(
            {"name": name, "z": int(z), "x": int(x), "y": int(y), "layers": layers}
        )
    json.dump({"faults": faults, "tiles": tiles}, sys.stdout)


catches_what_is_broken()
main(sys.argv[1])
