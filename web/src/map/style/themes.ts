// Buildings by what they are, roads by their condition, business parks and flows.
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { FONT } from './base';
import { byCode, byZoom } from './expressions';
import { BASE, BUILDING, CONDITION, UNSPECIFIED, ZOOM_FROM } from './palette';
import type { StyleState } from './state';

export function buildingLayers(state: StyleState): LayerSpecification[] {
  const { buildings, theme } = state;
  if (!buildings) return [];
  const base = { source: 'buildings', 'source-layer': 'buildings', minzoom: ZOOM_FROM.buildings } as const;
  const colours = BUILDING[buildings][theme];
  // What is no dwelling has no housing type; it is then coloured by its use.
  const rest: string | ExpressionSpecification =
    buildings === 'housing_type'
      ? byCode('building_use', { ...BUILDING.building_use[theme], dwelling: UNSPECIFIED[theme] }, UNSPECIFIED[theme])
      : UNSPECIFIED[theme];
  const layers: LayerSpecification[] = [
    { id: 'buildings', type: 'fill', ...base, paint: { 'fill-color': byCode(buildings, colours, rest) } },
  ];
  if (buildings === 'age_class') {
    layers.push({
      id: 'buildings-none', type: 'fill', ...base,
      filter: ['!', ['in', ['get', 'age_class'], ['literal', Object.keys(colours)]]],
      paint: { 'fill-pattern': `hatch-${theme}` },
    });
  }
  layers.push({
    id: 'buildings-gap', type: 'line', ...base,
    paint: { 'line-color': BASE[theme].gap, 'line-width': byZoom(1, [14, 0.3], [16, 0.9]) },
  });
  return layers;
}

export function roadLayers(state: StyleState): LayerSpecification[] {
  if (!state.roads) return [];
  const base = { source: 'roads', 'source-layer': 'roads', minzoom: ZOOM_FROM.roads } as const;
  const layers: LayerSpecification[] = [];
  const width = (px: number) => byZoom(1.3, [13, px * 0.55], [16, px], [19, px * 1.8]);
  for (const dashed of [false, true]) {
    const classes = Object.entries(CONDITION).filter(([, style]) => style.dashed === dashed);
    const codes = classes.map(([code]) => code);
    const is: ExpressionSpecification = ['in', ['get', 'condition_class'], ['literal', codes]];
    const widest = Math.max(...classes.map(([, style]) => style.widthPx));
    layers.push(
      {
        id: dashed ? 'condition-bad-casing' : 'condition-casing', type: 'line', ...base, filter: is,
        layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: { 'line-color': BASE[state.theme].gap, 'line-width': width(widest + 1.2) },
      },
      {
        id: dashed ? 'condition-bad' : 'condition', type: 'line', ...base, filter: is,
        layout: { 'line-cap': dashed ? 'butt' : 'round', 'line-join': 'round' },
        paint: {
          'line-color': byCode(
            'condition_class',
            Object.fromEntries(classes.map(([code, style]) => [code, style.colour])),
            '#000',
          ),
          'line-width': width(widest),
          ...(dashed ? { 'line-dasharray': [1.4, 0.7] } : {}),
        },
      },
    );
  }
  return layers;
}

export function parkLayers(state: StyleState): LayerSpecification[] {
  if (!state.parks) return [];
  const c = BASE[state.theme];
  const base = { source: 'business_parks', 'source-layer': 'business_parks' } as const;
  return [
    { id: 'parks', type: 'fill', ...base, paint: { 'fill-color': c.businessPark, 'fill-opacity': 0.45 } },
    {
      id: 'parks-line', type: 'line', ...base,
      paint: { 'line-color': c.businessParkLine, 'line-width': byZoom(1, [10, 0.8], [15, 1.8]) },
    },
  ];
}

export function parkLabels(state: StyleState): LayerSpecification[] {
  if (!state.parks) return [];
  const c = BASE[state.theme];
  return [
    {
      id: 'label-park', type: 'symbol', source: 'business_parks', 'source-layer': 'labels', minzoom: 11,
      filter: ['has', 'name'],
      layout: { 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 11.5, 'text-max-width': 8 },
      paint: { 'text-color': c.label, 'text-halo-color': c.halo, 'text-halo-width': 1.6 },
    },
  ];
}

export function flowLayers(state: StyleState): LayerSpecification[] {
  if (!state.flows) return [];
  const c = BASE[state.theme];
  const base = { source: 'flows', 'source-layer': 'flows' } as const;
  const width = (extraPx: number): ExpressionSpecification =>
    ['+', extraPx, ['min', 11, ['max', 0.5, ['/', ['sqrt', ['max', 0, ['to-number', ['get', 'persons'], 0]]], 13]]]];
  const between: ExpressionSpecification = ['!=', ['get', 'origin'], ['get', 'destination']];
  const cap = { 'line-cap': 'round' } as const;
  return [
    { id: 'flows-casing', type: 'line', ...base, filter: between, layout: cap, paint: { 'line-color': c.halo, 'line-width': width(1.6) } },
    { id: 'flows', type: 'line', ...base, filter: between, layout: cap, paint: { 'line-color': c.flow, 'line-width': width(0), 'line-opacity': 0.85 } },
  ];
}
