// Small geometry for what is drawn: circles, boxes, and edges that stay where they were drawn. The server
// takes edges straight in degrees; the screen draws them straight in Mercator, so long ones get more points.
import type { AreaGeometry, Bbox, Position } from '../api/types';

type Point = [lng: number, lat: number];
const EARTH_M = 6_371_008.8;
const RAD = Math.PI / 180;
const TILE_PX = 512;
/** How far, in pixels, an edge may lie from where it was drawn. */
const TOLERANCE_PX = 0.5;
const MAX_SPLITS = 8;

const mercatorY = (lat: number) => Math.log(Math.tan(Math.PI / 4 + (lat * RAD) / 2)) / RAD;
const latOfY = (y: number) => (2 * Math.atan(Math.exp(y * RAD)) - Math.PI / 2) / RAD;

/** Points between a and b (b included) such that straight lines in degrees follow the drawn line. */
function split(a: Point, b: Point, pxPerDegree: number, depth: number): Point[] {
  const drawn: Point = [(a[0] + b[0]) / 2, latOfY((mercatorY(a[1]) + mercatorY(b[1])) / 2)];
  const straightLat = (a[1] + b[1]) / 2;
  const offPx = Math.abs(mercatorY(straightLat) - mercatorY(drawn[1])) * pxPerDegree;
  if (offPx <= TOLERANCE_PX || depth >= MAX_SPLITS) return [b];
  return [...split(a, drawn, pxPerDegree, depth + 1), ...split(drawn, b, pxPerDegree, depth + 1)];
}

const round = ([lng, lat]: Point): Point => [Number(lng.toFixed(7)), Number(lat.toFixed(7))];

/** A ring whose edges in degrees are nowhere half a pixel off the drawn ones; closed, 7 decimals. */
export function densify(ring: Point[], zoom: number): Point[] {
  const pxPerDegree = (TILE_PX * 2 ** zoom) / 360;
  const [first] = ring;
  if (!first) return [];
  const out: Point[] = [first];
  for (let i = 1; i < ring.length; i += 1) {
    const [a, b] = [ring[i - 1], ring[i]];
    if (a && b) out.push(...split(a, b, pxPerDegree, 0));
  }
  const rounded = out.map(round);
  return rounded.filter((p, i) => {
    const before = rounded[i - 1];
    return !before || before[0] !== p[0] || before[1] !== p[1];
  });
}

/** Area from the outline of a drawn shape, or nothing when it encloses nothing. */
export function areaOf(ring: Point[], zoom: number): AreaGeometry | null {
  const [first] = ring;
  const last = ring.at(-1);
  if (!first || !last) return null;
  const closed = first[0] === last[0] && first[1] === last[1] ? ring : [...ring, first];
  const dense = densify(closed, zoom);
  return new Set(dense.map(String)).size < 3 ? null : { type: 'Polygon', coordinates: [dense] };
}

/** Great-circle distance in metres. */
export function haversineM(a: Position, b: Position): number {
  const [lat1, lat2] = [a.lat * RAD, b.lat * RAD];
  const h =
    Math.sin((lat2 - lat1) / 2) ** 2 +
    Math.cos(lat1) * Math.cos(lat2) * Math.sin(((b.lng - a.lng) * RAD) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Circle of that radius (metres, great circle) as a ring of `steps` edges. */
export function circleRing(centre: Position, radiusM: number, steps = 96): Point[] {
  const angular = radiusM / EARTH_M;
  const lat0 = centre.lat * RAD;
  const ring = Array.from({ length: steps }, (_, i): Point => {
    const bearing = (i / steps) * 2 * Math.PI;
    const lat = Math.asin(
      Math.sin(lat0) * Math.cos(angular) + Math.cos(lat0) * Math.sin(angular) * Math.cos(bearing),
    );
    const lng = Math.atan2(
      Math.sin(bearing) * Math.sin(angular) * Math.cos(lat0),
      Math.cos(angular) - Math.sin(lat0) * Math.sin(lat),
    );
    return [centre.lng + lng / RAD, lat / RAD];
  });
  return ring[0] ? [...ring, ring[0]] : ring;
}

/** Rectangle between two opposite corners. */
export const boxRing = (a: Position, b: Position): Point[] => [
  [a.lng, a.lat],
  [b.lng, a.lat],
  [b.lng, b.lat],
  [a.lng, b.lat],
  [a.lng, a.lat],
];

export function bboxOf(geometry: AreaGeometry): Bbox {
  const points = (
    geometry.type === 'Polygon' ? geometry.coordinates.flat() : geometry.coordinates.flat(2)
  ) as number[][];
  const box: Bbox = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lng = 0, lat = 0] of points) {
    box[0] = Math.min(box[0], lng);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lng);
    box[3] = Math.max(box[3], lat);
  }
  return box;
}
