// What lies under a point of the map, the most particular thing first: a record, a building, a road, a
// business park, a region, else the place itself.
import type { Map as MapLibreMap, MapGeoJSONFeature, Point } from 'maplibre-gl';
import type { Position } from '../api/types';

export type Pick =
  | { kind: 'account'; id: string; place: Position }
  | { kind: 'cluster'; place: Position }
  | { kind: 'building'; id: string }
  | { kind: 'road'; id: string }
  | { kind: 'region'; code: string };

/** As they lie on top of each other. */
const ORDER = ['accounts-doubtful', 'accounts', 'clusters', 'condition-bad', 'condition', 'buildings', 'building', 'regions'];
/** Records are small; a click this near counts. */
const NEAR_PX = 6;

function placeOf(feature: MapGeoJSONFeature): Position {
  const [lng = 0, lat = 0] = feature.geometry.type === 'Point' ? feature.geometry.coordinates : [];
  return { lng, lat };
}

function pickOf(feature: MapGeoJSONFeature): Pick | null {
  const { id, code } = feature.properties as { id?: string | number; code?: string };
  switch (feature.layer.id) {
    case 'accounts':
    case 'accounts-doubtful':
      return id === undefined ? null : { kind: 'account', id: String(id), place: placeOf(feature) };
    case 'clusters':
      return { kind: 'cluster', place: placeOf(feature) };
    case 'condition':
    case 'condition-bad':
      return id === undefined ? null : { kind: 'road', id: String(id) };
    case 'buildings':
    case 'building':
      return id === undefined ? null : { kind: 'building', id: String(id) };
    case 'regions':
      return code ? { kind: 'region', code } : null;
    default:
      return null;
  }
}

export function pickAt(map: MapLibreMap, point: Point, only = ORDER): Pick | null {
  const layers = only.filter((id) => map.getLayer(id));
  if (layers.length === 0) return null;
  const around = (px: number) =>
    map.queryRenderedFeatures(
      [
        [point.x - px, point.y - px],
        [point.x + px, point.y + px],
      ],
      { layers },
    );
  const exact = map.queryRenderedFeatures(point, { layers });
  const near = around(NEAR_PX).filter((f) => f.layer.type === 'circle' || f.layer.type === 'line' || f.layer.type === 'symbol');
  const found = [...exact, ...near].toSorted((a, b) => ORDER.indexOf(a.layer.id) - ORDER.indexOf(b.layer.id));
  for (const feature of found) {
    const pick = pickOf(feature);
    if (pick) return pick;
  }
  return null;
}

export const RECORD_LAYERS = ['accounts', 'accounts-doubtful'];
