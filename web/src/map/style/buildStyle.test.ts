// Every combination of layers, in both themes, is a valid style that asks nothing of the outside.
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { describe, expect, it } from 'vitest';
import { BUILDING_THEMES, type Fill } from '../../url/mapSearch';
import { buildStyle } from './buildStyle';
import type { StyleState } from './state';

const square = { type: 'Polygon' as const, coordinates: [[[4, 52], [5, 52], [5, 53], [4, 52]]] };

const plain: StyleState = {
  theme: 'light',
  fonts: { latin: '/assets/latin.woff2', latinExt: '/assets/latin-ext.woff2' },
  numberLocale: 'en-GB',
  accounts: false,
  fill: null,
  parentLevel: null,
  fillReady: false,
  hexBreaks: [],
  buildings: null,
  roads: false,
  parks: false,
  flows: null,
  filterHash: null,
  recordsVersion: '1',
  area: null,
  active: null,
  outlined: null,
  ring: null,
};

const regions: Fill = { kind: 'regions', level: 'neighbourhood', figure: { of: 'indicator', indicator: 'woz', year: 2024 } };
const hexagons: Fill = { kind: 'hexagons', figure: { of: 'cube', cube: 'accounts', measure: 'count' } };

const cases: [string, Partial<StyleState>][] = [
  ['base map alone', {}],
  ['accounts', { accounts: true }],
  ['accounts in Dutch', { accounts: true, numberLocale: 'nl-NL' }],
  ['accounts with a filter', { accounts: true, filterHash: 'a'.repeat(32) }],
  ['choropleth without values', { fill: regions }],
  ['choropleth', { fill: regions, fillReady: true, parentLevel: 'district' }],
  ['hexagons without classes', { fill: hexagons }],
  ['hexagons', { fill: hexagons, hexBreaks: [1, 4, 9, 20] }],
  ['roads', { roads: true }],
  ['business parks', { parks: true }],
  ['flows', { flows: { mode: '(e-)bicycle', region: 'GM0363' } }],
  ['all flows', { flows: { mode: 'all', region: null } }],
  ['area and ring', { area: { geometry: square, dashed: true }, ring: square, outlined: square }],
  ['active record', { active: { place: { lng: 4.9, lat: 52.3 }, name: 'The Book Exchange', customer: false } }],
  ...BUILDING_THEMES.map((theme): [string, Partial<StyleState>] => [`buildings by ${theme}`, { buildings: theme }]),
  [
    'everything at once',
    { accounts: true, filterHash: 'b'.repeat(32), fill: regions, fillReady: true, parentLevel: 'district', buildings: 'age_class', roads: true, parks: true, flows: { mode: 'all', region: null } },
  ],
];

describe.each(['light', 'dark'] as const)('the style in the %s theme', (theme) => {
  it.each(cases)('is valid and stays inside: %s', (_name, change) => {
    const style = buildStyle({ ...plain, theme, ...change });
    expect(validateStyleMin(style)).toEqual([]);
    expect(JSON.stringify(style)).not.toMatch(/https?:\/\//);
    const named = new Set(Object.keys(style.sources));
    const used = style.layers.flatMap((layer) => ('source' in layer ? [layer.source] : []));
    expect(used.filter((source) => !named.has(source))).toEqual([]);
    const ids = style.layers.map((layer) => layer.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it('shows at most one fill layer', () => {
  for (const fill of [regions, hexagons]) {
    const style = buildStyle({ ...plain, fill, fillReady: true, hexBreaks: [1, 2, 3, 4] });
    const fills = style.layers.filter((layer) => layer.id === 'regions' || layer.id === 'hexagons');
    expect(fills).toHaveLength(1);
  }
});

it('catches a broken style', () => {
  const style = buildStyle(plain);
  const broken = { ...style, layers: [...style.layers, { id: 'x', type: 'fill', source: 'none' }] };
  expect(validateStyleMin(broken as typeof style)).not.toEqual([]);
});
