// What the address of the map page holds: the view, the filter's hash, what is chosen, which layers show.
// Everything else is a server answer or belongs to one component. Unreadable parts fall back to "absent".

export type View = { zoom: number; lat: number; lng: number };

export type Chosen =
  | { kind: 'account'; id: string }
  | { kind: 'building'; id: string }
  | { kind: 'road'; id: string }
  | { kind: 'region'; level: string; code: string }
  | { kind: 'place'; lng: number; lat: number };

/** Which records the figures and the table count. */
export type Scope = 'view' | 'selection';

export type BuildingTheme = 'housing_type' | 'building_form' | 'building_use' | 'age_class';
export const BUILDING_THEMES: BuildingTheme[] = [
  'housing_type',
  'building_form',
  'building_use',
  'age_class',
];

/** What a fill layer shows: a measure of a cube, or a published indicator of one year. */
export type Figure =
  | { of: 'cube'; cube: 'accounts' | 'addresses' | 'roads'; measure: string }
  | { of: 'indicator'; indicator: string; year: number };

export type Fill =
  | { kind: 'regions'; level: string; figure: Figure }
  | { kind: 'hexagons'; figure: Extract<Figure, { of: 'cube' }> };

export type Layers = {
  accounts: boolean;
  /** `undefined` while the address says nothing: the catalogue's default; `null` is off. */
  fill: Fill | null | undefined;
  buildings: BuildingTheme | null;
  roads: boolean;
  parks: boolean;
  /** Means of transport, `all` for the sum; `null` is off. */
  flows: string | null;
};

/** The address as strings; the readers below give them meaning. */
export type MapSearch = {
  test?: string;
  v?: string;
  f?: string;
  sel?: string;
  on?: string;
  fill?: string;
  scope?: string;
  area?: string;
};

const KEYS = ['test', 'v', 'f', 'sel', 'on', 'fill', 'scope', 'area'] as const;

export function parseMapSearch(search: Record<string, unknown>): MapSearch {
  const out: MapSearch = {};
  for (const key of KEYS) {
    const value = search[key];
    if (typeof value === 'string') out[key] = value;
  }
  return out;
}

export function readView(search: MapSearch): View | null {
  const [zoom, lat, lng] = (search.v ?? '').split('/').map(Number);
  if (zoom === undefined || lat === undefined || lng === undefined) return null;
  const sound = [zoom, lat, lng].every(Number.isFinite) && Math.abs(lat) <= 85 && Math.abs(lng) <= 180;
  return sound ? { zoom, lat, lng } : null;
}

export function writeView(view: View): string {
  return `${view.zoom.toFixed(2)}/${view.lat.toFixed(5)}/${view.lng.toFixed(5)}`;
}

export function readChosen(search: MapSearch): Chosen | null {
  const [kind, first, ...rest] = (search.sel ?? '').split(':');
  if (!first) return null;
  switch (kind) {
    case 'account':
    case 'building':
    case 'road':
      return { kind, id: first };
    case 'region': {
      const code = rest.join(':');
      return code ? { kind, level: first, code } : null;
    }
    case 'place': {
      const [lng, lat] = first.split(',').map(Number);
      return Number.isFinite(lng) && Number.isFinite(lat)
        ? { kind, lng: lng as number, lat: lat as number }
        : null;
    }
    default:
      return null;
  }
}

export function writeChosen(chosen: Chosen | null): string | undefined {
  if (!chosen) return undefined;
  switch (chosen.kind) {
    case 'region':
      return `region:${chosen.level}:${chosen.code}`;
    case 'place':
      return `place:${chosen.lng.toFixed(6)},${chosen.lat.toFixed(6)}`;
    default:
      return `${chosen.kind}:${chosen.id}`;
  }
}

function readFigure(parts: string[]): Figure | null {
  const [of, name, detail] = parts;
  if (!name || !detail) return null;
  if (of === 'i') {
    const year = Number(detail);
    return Number.isInteger(year) ? { of: 'indicator', indicator: name, year } : null;
  }
  if (of === 'c' && (name === 'accounts' || name === 'addresses' || name === 'roads')) {
    return { of: 'cube', cube: name, measure: detail };
  }
  return null;
}

const writeFigure = (figure: Figure): string =>
  figure.of === 'cube'
    ? `c,${figure.cube},${figure.measure}`
    : `i,${figure.indicator},${figure.year}`;

function readFill(text: string | undefined): Fill | null | undefined {
  if (text === undefined) return undefined;
  const [kind, ...rest] = text.split(',');
  if (kind === 'hex') {
    const figure = readFigure(rest);
    return figure?.of === 'cube' ? { kind: 'hexagons', figure } : null;
  }
  const [level, ...parts] = rest;
  const figure = readFigure(parts);
  return kind === 'reg' && level && figure ? { kind: 'regions', level, figure } : null;
}

export function writeFill(fill: Fill | null): string {
  if (!fill) return 'none';
  return fill.kind === 'hexagons'
    ? `hex,${writeFigure(fill.figure)}`
    : `reg,${fill.level},${writeFigure(fill.figure)}`;
}

export function readLayers(search: MapSearch): Layers {
  const on = search.on === undefined ? ['accounts'] : search.on.split(',');
  const option = (name: string) => on.find((part) => part.startsWith(`${name}:`))?.slice(name.length + 1);
  const theme = BUILDING_THEMES.find((candidate) => candidate === option('buildings'));
  return {
    accounts: on.includes('accounts'),
    fill: readFill(search.fill),
    buildings: theme ?? null,
    roads: on.includes('roads'),
    parks: on.includes('parks'),
    flows: option('flows') ?? null,
  };
}

export function writeLayers(layers: Layers): Pick<MapSearch, 'on' | 'fill'> {
  const on = [
    layers.accounts && 'accounts',
    layers.buildings && `buildings:${layers.buildings}`,
    layers.roads && 'roads',
    layers.parks && 'parks',
    layers.flows && `flows:${layers.flows}`,
  ].filter((part): part is string => typeof part === 'string');
  return {
    on: on.join(',') === 'accounts' ? undefined : on.join(','),
    fill: layers.fill === undefined ? undefined : writeFill(layers.fill),
  };
}
