// Accounts on the map: clusters as rings with the share of customers, points by status, and faint dots for
// what the selection leaves out. The record in the inspector and the one under the pointer carry a ring.
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { FONT } from './base';
import { byZoom } from './expressions';
import { BASE } from './palette';
import type { StyleState } from './state';

const SINGLE: ExpressionSpecification = ['!', ['to-boolean', ['get', 'cluster']]];
const CLUSTER: ExpressionSpecification = ['to-boolean', ['get', 'cluster']];
const STATUS: ExpressionSpecification = ['coalesce', ['get', 'status'], 'prospect'];
const DOUBTFUL: ExpressionSpecification = ['==', ['get', 'place_state'], 'doubtful'];
/** Ring steps of a cluster image: share of customers in eighths. */
export const RING_STEPS = 8;

const count: ExpressionSpecification = ['to-number', ['get', 'count'], 1];

function clusterText(numberLocale: string): ExpressionSpecification {
  const short = (divisor: number, sign: string): ExpressionSpecification => [
    'concat',
    ['number-format', ['/', count, divisor], { locale: numberLocale, 'max-fraction-digits': 1 }],
    sign,
  ];
  return ['case', ['>=', count, 1_000_000], short(1_000_000, 'M'), ['>=', count, 1000], short(1000, 'k'), ['to-string', count]];
}

export function recordLayers(state: StyleState): LayerSpecification[] {
  if (!state.accounts) return [];
  const c = BASE[state.theme];
  const base = { source: 'accounts', 'source-layer': 'accounts' } as const;
  const radius = byZoom(1, [10, 2.4], [13, 3], [15, 5], [17, 7]);
  const size: ExpressionSpecification = ['case', ['>', count, 1000], '48', ['>', count, 150], '38', '30'];
  const eighth: ExpressionSpecification = [
    'to-string',
    ['round', ['*', RING_STEPS, ['min', 1, ['max', 0, ['to-number', ['get', 'share'], 0]]]]],
  ];
  const layers: LayerSpecification[] = [];
  if (state.filterHash) {
    layers.push({
      id: 'accounts-outside', type: 'circle', source: 'accounts_all', 'source-layer': 'accounts', minzoom: 12,
      filter: SINGLE,
      paint: { 'circle-radius': 1.7, 'circle-color': c.ghost, 'circle-opacity': 0.36 },
    });
  }
  layers.push(
    {
      id: 'accounts', type: 'circle', ...base, filter: ['all', SINGLE, ['!', DOUBTFUL]],
      layout: { 'circle-sort-key': ['match', STATUS, 'customer', 2, 'prospect', 1, 0] },
      paint: {
        'circle-radius': radius,
        'circle-color': ['match', STATUS, 'customer', c.point, c.raised],
        'circle-stroke-color': ['match', STATUS, 'customer', c.gap, 'former', c.former, c.point],
        'circle-stroke-width': ['match', STATUS, 'customer', 1, 1.5],
      },
    },
    {
      id: 'accounts-doubtful', type: 'symbol', ...base, filter: ['all', SINGLE, DOUBTFUL],
      layout: {
        'icon-image': `diamond-${state.theme}`, 'icon-allow-overlap': true, 'icon-ignore-placement': true,
        'icon-size': byZoom(1, [10, 0.5], [13, 0.7], [17, 1.2]),
      },
    },
    {
      id: 'clusters', type: 'symbol', ...base, filter: CLUSTER,
      layout: {
        'icon-image': ['concat', `ring-${state.theme}-`, size, '-', eighth],
        'icon-allow-overlap': true, 'text-allow-overlap': true,
        'symbol-sort-key': ['-', 0, count],
        'text-field': clusterText(state.numberLocale),
        'text-font': FONT, 'text-size': ['case', ['>', count, 150], 13, 11.5],
      },
      paint: { 'text-color': c.ink },
    },
  );
  return layers;
}

/** Drawn above all: the area, the surroundings' ring, the active and the hovered record. */
export function markLayers(state: StyleState): LayerSpecification[] {
  const c = BASE[state.theme];
  const line = { 'line-cap': 'round', 'line-join': 'round' } as const;
  return [
    { id: 'area-casing', type: 'line', source: 'area', layout: line, paint: { 'line-color': c.gap, 'line-width': 6.5 } },
    {
      id: 'area', type: 'line', source: 'area', layout: line,
      paint: { 'line-color': c.select, 'line-width': 2.6, ...(state.area?.dashed ? { 'line-dasharray': [2.2, 1.8] } : {}) },
    },
    {
      id: 'surroundings', type: 'line', source: 'surroundings',
      paint: { 'line-color': c.select, 'line-width': 1.8, 'line-dasharray': [3, 2.2] },
    },
    { id: 'draft-casing', type: 'line', source: 'draft', layout: line, paint: { 'line-color': c.gap, 'line-width': 6.5 } },
    { id: 'draft', type: 'line', source: 'draft', layout: line, paint: { 'line-color': c.select, 'line-width': 2.6 } },
    {
      id: 'draft-points', type: 'circle', source: 'draft', filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-radius': 4.5, 'circle-color': c.select, 'circle-stroke-color': c.gap, 'circle-stroke-width': 1.5 },
    },
    { id: 'outlined-casing', type: 'line', source: 'outlined', layout: line, paint: { 'line-color': c.gap, 'line-width': 5 } },
    { id: 'outlined', type: 'line', source: 'outlined', layout: line, paint: { 'line-color': c.select, 'line-width': 2.4 } },
  ];
}

export function activeLayers(state: StyleState): LayerSpecification[] {
  const c = BASE[state.theme];
  const circle = (id: string, source: string, radius: number, colour: string): LayerSpecification => ({
    id, type: 'circle', source, paint: { 'circle-radius': radius, 'circle-color': colour },
  });
  const active = (id: string, radius: number, colour: string) => circle(id, 'active', radius, colour);
  return [
    circle('hover-casing', 'hover', 13, c.gap),
    circle('hover-ring', 'hover', 11, c.select),
    circle('hover-dot', 'hover', 8, c.point),
    active('active-casing', 13, c.gap),
    active('active-ring', 11, c.select),
    {
      id: 'active-dot', type: 'circle', source: 'active',
      paint: {
        'circle-radius': state.active?.customer === false ? 6.6 : 8,
        'circle-color': state.active?.customer === false ? c.raised : c.point,
        'circle-stroke-color': c.point,
        'circle-stroke-width': state.active?.customer === false ? 1.5 : 0,
      },
    },
    {
      id: 'label-active', type: 'symbol', source: 'active',
      layout: {
        'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 13, 'text-anchor': 'left',
        'text-offset': [1.3, 0], 'text-max-width': 14, 'text-optional': true,
      },
      paint: { 'text-color': c.ink, 'text-halo-color': c.halo, 'text-halo-width': 2 },
    },
  ];
}
