// The fill layers: choropleth and hexagons, of which at most one shows. The class of a region arrives as
// feature-state, so a filter change recolours without fetching geometry.
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { rampFor } from '../../layers/classes';
import { FONT } from './base';
import { byBreaks, byZoom } from './expressions';
import { BASE, RAMP } from './palette';
import type { StyleState } from './state';

export const regionSource = (level: string): string => `regions_${level}`;

const CLASS: ExpressionSpecification = ['coalesce', ['feature-state', 'c'], -1];

export function fillLayers(state: StyleState): LayerSpecification[] {
  const { fill, theme } = state;
  if (!fill) return [];
  const c = BASE[theme];
  const ramp = RAMP[theme];
  if (fill.kind === 'hexagons') {
    if (!state.fillReady) return [];
    const colours = rampFor(ramp, state.hexBreaks.length + 1);
    const lowest = colours[0] ?? c.hatchBack;
    const value: ExpressionSpecification = ['to-number', ['get', 'value'], 0];
    return [
      {
        id: 'hexagons', type: 'fill', source: 'hexagons', 'source-layer': 'hexagons',
        paint: { 'fill-color': state.hexBreaks.length > 0 ? byBreaks(value, state.hexBreaks, colours) : lowest, 'fill-antialias': true },
      },
      {
        id: 'hexagons-gap', type: 'line', source: 'hexagons', 'source-layer': 'hexagons',
        paint: { 'line-color': c.land, 'line-width': 0.8 },
      },
    ];
  }
  const source = regionSource(fill.level);
  const colour = ramp.flatMap((hex, index) => [index, hex]);
  return [
    {
      id: 'regions', type: 'fill', source, 'source-layer': 'regions',
      paint: {
        'fill-color': ['match', CLASS, ...colour, c.hatchBack] as unknown as ExpressionSpecification,
        'fill-opacity': state.fillReady ? 1 : 0,
      },
    },
    {
      // A pattern takes no feature-state, so "no data" is a second layer switched by its opacity.
      id: 'regions-none', type: 'fill', source, 'source-layer': 'regions',
      paint: {
        'fill-pattern': `hatch-${theme}`,
        'fill-opacity': state.fillReady ? ['case', ['>=', CLASS, 0], 0, 1] : 0,
      },
    },
    {
      id: 'regions-line', type: 'line', source, 'source-layer': 'regions',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': c.gap, 'line-width': byZoom(1, [11, 0.4], [14, 1.2]) },
    },
  ];
}

export function parentLines(state: StyleState): LayerSpecification[] {
  if (state.fill?.kind !== 'regions' || !state.parentLevel) return [];
  return [
    {
      id: 'parent-line', type: 'line', source: regionSource(state.parentLevel), 'source-layer': 'regions',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': BASE[state.theme].gap, 'line-width': byZoom(1, [8, 0.8], [12, 1.8]) },
    },
  ];
}

export function regionLabels(state: StyleState): LayerSpecification[] {
  if (state.fill?.kind !== 'regions') return [];
  const c = BASE[state.theme];
  const label = (id: string, level: string, zooms: { minzoom?: number; maxzoom?: number }): LayerSpecification => ({
    id, type: 'symbol', source: regionSource(level), 'source-layer': 'labels', ...zooms,
    layout: {
      'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 12, 'text-max-width': 8,
      'text-line-height': 1.15, 'text-padding': 6,
    },
    paint: { 'text-color': c.label, 'text-halo-color': c.halo, 'text-halo-width': 1.9 },
  });
  const { level } = state.fill;
  if (!state.parentLevel) return [label('label-region', level, {})];
  return [
    label('label-parent', state.parentLevel, { maxzoom: 14.2 }),
    label('label-region', level, { minzoom: 14.2 }),
  ];
}
