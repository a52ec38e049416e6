// The whole style of the map from one value. Pure, so that a test can hold every combination against the
// style specification and see that nothing points outside.
import type { FeatureCollection } from 'geojson';
import type { GeoJSONSourceSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import { baseBuildings, baseGround, baseLabels, baseRoads } from './base';
import { fillLayers, parentLines, regionLabels, regionSource } from './fills';
import { activeLayers, markLayers, recordLayers } from './records';
import type { StyleState } from './state';
import { buildingLayers, flowLayers, parkLabels, parkLayers, roadLayers } from './themes';

const LATIN = 'U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, U+2212';
const LATIN_EXT = 'U+0100-02BA, U+02BD-02C5, U+02C7-02CC, U+1D00-1DBF, U+1E00-1E9F, U+1EF2-1EFF';

const tileJson = (layer: string): SourceSpecification => ({ type: 'vector', url: `/tiles/${layer}.json` });

type Params = Record<string, string | number | null | undefined>;

/** Query string of the members that have a value. */
function search(params: Params): string {
  const entries = Object.entries(params).filter(([, value]) => value !== null && value !== undefined);
  if (entries.length === 0) return '';
  return `?${new URLSearchParams(entries.map(([key, value]) => [key, String(value)])).toString()}`;
}

function tiles(layer: string, params: Params, zooms: [number, number], promoteId?: Record<string, string>): SourceSpecification {
  return {
    type: 'vector',
    tiles: [`/tiles/${layer}/{z}/{x}/{y}.mvt${search(params)}`],
    minzoom: zooms[0],
    maxzoom: zooms[1],
    ...(promoteId ? { promoteId } : {}),
  };
}

function shape(geometry: unknown, properties: Record<string, unknown> = {}): GeoJSONSourceSpecification {
  const features = geometry ? [{ type: 'Feature', properties, geometry }] : [];
  return { type: 'geojson', data: { type: 'FeatureCollection', features } as FeatureCollection };
}

function sources(state: StyleState): Record<string, SourceSpecification> {
  const out: Record<string, SourceSpecification> = {
    base: tileJson('base'),
    area: shape(state.area?.geometry),
    surroundings: shape(state.ring),
    outlined: shape(state.outlined),
    active: shape(
      state.active && { type: 'Point', coordinates: [state.active.place.lng, state.active.place.lat] },
      { name: state.active?.name ?? '' },
    ),
    hover: shape(null),
    draft: shape(null),
  };
  if (state.fill?.kind === 'regions') {
    for (const level of [state.fill.level, state.parentLevel]) {
      if (level) {
        out[regionSource(level)] = { ...tileJson(regionSource(level)), promoteId: { regions: 'code' } } as SourceSpecification;
      }
    }
  }
  if (state.fill?.kind === 'hexagons') {
    const { cube, measure } = state.fill.figure;
    const own = cube === 'accounts';
    out['hexagons'] = tiles(
      'hexagons',
      { cube, measure, v: state.recordsVersion, f: own ? state.filterHash : null },
      [0, 16],
      { hexagons: 'id' },
    );
  }
  if (state.buildings) out['buildings'] = tileJson('buildings');
  if (state.roads) out['roads'] = tileJson('roads');
  if (state.parks) out['business_parks'] = tileJson('business_parks');
  if (state.flows) {
    const { mode, region } = state.flows;
    out['flows'] = tiles('flows', { mode: mode === 'all' ? null : mode, code: region }, [4, 12]);
  }
  if (state.accounts) {
    const params = { v: state.recordsVersion };
    out['accounts'] = tiles('accounts', { ...params, f: state.filterHash }, [0, 16], { accounts: 'id' });
    if (state.filterHash) out['accounts_all'] = tiles('accounts', params, [0, 16]);
  }
  return out;
}

export function buildStyle(state: StyleState): StyleSpecification {
  return {
    version: 8,
    'font-faces': {
      'Inter GeoCRM': [
        { url: state.fonts.latin, 'unicode-range': LATIN.split(', ') },
        { url: state.fonts.latinExt, 'unicode-range': LATIN_EXT.split(', ') },
      ],
    },
    transition: { duration: 120, delay: 0 },
    sources: sources(state),
    layers: [
      ...baseGround(state),
      ...fillLayers(state),
      ...parentLines(state),
      ...baseRoads(state),
      ...parkLayers(state),
      ...baseBuildings(state),
      ...buildingLayers(state),
      ...roadLayers(state),
      ...flowLayers(state),
      ...markLayers(state),
      ...baseLabels(state),
      ...regionLabels(state),
      ...parkLabels(state),
      ...recordLayers(state),
      ...activeLayers(state),
    ],
  } as StyleSpecification;
}
