// The base map from our own tiles: land, water, roads, buildings and names. Under a fill layer it keeps
// quiet: the fill is the subject, so buildings go and roads wait for street level.
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { byZoom } from './expressions';
import { BASE, type BaseColours } from './palette';
import type { StyleState } from './state';

export const FONT = ['Inter GeoCRM', 'sans-serif'];
const SOURCE = 'base';

/** Width in pixels at zoom 16. */
const WIDTH: Record<string, number> = {
  motorway: 14, trunk: 13, primary: 13, secondary: 11, tertiary: 9, residential: 6.5, pedestrian: 6,
  service: 3.5, cycleway: 2.4,
};
const MAIN = ['motorway', 'trunk', 'primary', 'secondary', 'tertiary'];
const PATHS = ['cycleway', 'path', 'track'];

const isClass = (classes: string[]): ExpressionSpecification => ['in', ['get', 'class'], ['literal', classes]];

function widths(factor: number, extraPx: number): ExpressionSpecification {
  const pairs = Object.entries(WIDTH).flatMap(([name, px]) => [name, px * factor + extraPx]);
  return ['match', ['get', 'class'], ...pairs, 3 * factor + extraPx] as unknown as ExpressionSpecification;
}

/** Road width over the zooms; `extraPx` is the casing on both sides together. */
export const roadWidth = (extraPx: number): ExpressionSpecification =>
  byZoom(1.5, [8, widths(0.07, extraPx * 0.3)], [12, widths(0.22, extraPx * 0.6)], [14, widths(0.48, extraPx)], [16, widths(1, extraPx)], [19, widths(3.4, extraPx)]);

export function baseGround(state: StyleState): LayerSpecification[] {
  const c = BASE[state.theme];
  return [
    { id: 'background', type: 'background', paint: { 'background-color': c.land } },
    {
      id: 'land', type: 'fill', source: SOURCE, 'source-layer': 'land',
      paint: {
        'fill-color': [
          'match', ['get', 'kind'],
          ['park', 'forest', 'grass'], c.park,
          ['pedestrian'], c.paved,
          ['residential', 'industrial', 'commercial', 'retail', 'business_park'], c.builtUp,
          c.land,
        ],
      },
    },
    { id: 'water', type: 'fill', source: SOURCE, 'source-layer': 'water', paint: { 'fill-color': c.water } },
  ];
}

export function baseRoads(state: StyleState): LayerSpecification[] {
  const c = BASE[state.theme];
  const cap = { 'line-cap': 'round', 'line-join': 'round' } as const;
  if (state.fill) {
    // Over a fill a few thin main roads are enough to find one's way; more would cut up the colours.
    return [
      {
        id: 'road', type: 'line', source: SOURCE, 'source-layer': 'roads', minzoom: 13, filter: isClass(MAIN), layout: cap,
        paint: { 'line-color': c.road, 'line-width': byZoom(1.5, [13, 0.8], [16, 3], [19, 9]), 'line-opacity': 0.75 },
      },
    ];
  }
  const roads = isClass(Object.keys(WIDTH).filter((name) => !PATHS.includes(name)).concat('other'));
  const layers: LayerSpecification[] = [
    {
      id: 'path', type: 'line', source: SOURCE, 'source-layer': 'roads', minzoom: 14, filter: isClass(PATHS),
      paint: { 'line-color': c.path, 'line-width': byZoom(1.4, [14, 0.8], [16, 1.4], [19, 3]), 'line-dasharray': [2, 1.6] },
    },
  ];
  layers.push(
    {
      id: 'road-casing', type: 'line', source: SOURCE, 'source-layer': 'roads', minzoom: 8,
      filter: roads, layout: cap, paint: { 'line-color': c.casing, 'line-width': roadWidth(1.6) },
    },
    {
      id: 'road', type: 'line', source: SOURCE, 'source-layer': 'roads', minzoom: 8,
      filter: roads, layout: cap, paint: { 'line-color': c.road, 'line-width': roadWidth(0) },
    },
  );
  return layers;
}

export function baseBuildings(state: StyleState): LayerSpecification[] {
  if (state.fill || state.buildings) return [];
  const c = BASE[state.theme];
  return [
    {
      id: 'building', type: 'fill', source: SOURCE, 'source-layer': 'buildings', minzoom: 13,
      paint: { 'fill-color': c.building, 'fill-outline-color': c.buildingLine },
    },
  ];
}

const halo = (c: BaseColours, px: number) => ({
  'text-halo-color': c.halo,
  'text-halo-width': px,
});

export function baseLabels(state: StyleState): LayerSpecification[] {
  const c = BASE[state.theme];
  const layers: LayerSpecification[] = [
    {
      id: 'label-road', type: 'symbol', source: SOURCE, 'source-layer': 'roads', minzoom: state.fill ? 15 : 13.5,
      filter: ['all', ['has', 'name'], ['!=', ['get', 'name'], ''], ...(state.fill ? [isClass(MAIN)] : [])],
      layout: {
        'symbol-placement': 'line', 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 11,
        'symbol-spacing': 420, 'text-padding': 6, 'text-max-angle': 30,
      },
      paint: { 'text-color': c.label, ...halo(c, 1.6) },
    },
    {
      id: 'label-water', type: 'symbol', source: SOURCE, 'source-layer': 'water', minzoom: 12,
      filter: ['all', ['has', 'name'], ['!=', ['get', 'name'], '']],
      layout: {
        'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 11.5, 'text-letter-spacing': 0.06,
        'text-max-width': 6,
      },
      paint: { 'text-color': c.waterLabel, ...halo(c, 1) },
    },
  ];
  // With a choropleth the regions carry the names; two names for one place would argue.
  if (state.fill?.kind !== 'regions') {
    layers.push({
      id: 'label-place', type: 'symbol', source: SOURCE, 'source-layer': 'places',
      layout: {
        'text-field': ['get', 'name'], 'text-font': FONT, 'text-max-width': 8, 'text-padding': 8,
        'text-size': byZoom(1, [6, 11], [12, 13]),
        'symbol-sort-key': ['to-number', ['get', 'rank'], 9],
      },
      paint: { 'text-color': c.label, ...halo(c, 1.6) },
    });
  }
  return state.fill ? layers.filter((layer) => layer.id !== 'label-water') : layers;
}
