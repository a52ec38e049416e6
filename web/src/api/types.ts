// The shapes of the HTTP API as the web uses them, by hand from the contract. `npm run gen` writes the
// generated twin (openapi.ts) from the server's own document.

export type Locale = 'en' | 'nl';
export type Labels = Record<Locale, string>;
export type Position = { lng: number; lat: number };
/** West, south, east, north in degrees. */
export type Bbox = [number, number, number, number];
export type AreaGeometry =
  | { type: 'Polygon'; coordinates: number[][][] }
  | { type: 'MultiPolygon'; coordinates: number[][][][] };

export type Role = 'administrator' | 'representative';
export type User = {
  id: string;
  name: string;
  email: string;
  role: Role;
  territories: string[];
  locale: Locale;
};
export type Session = {
  user: User | null;
  setup_open: boolean;
  data_version: string;
  demo: boolean;
};

export type CubeName = 'accounts' | 'addresses' | 'roads' | 'regions' | 'flows';
export type DimensionType = 'text' | 'int' | 'date';
export type Dimension = {
  name: string;
  labels: Labels;
  type: DimensionType;
  kind: 'own' | 'derived' | 'region' | 'h3';
  base?: string;
  person: boolean;
};
export type Aggregate = 'count' | 'sum' | 'min' | 'max' | 'mean';
export type Measure = {
  name: string;
  labels: Labels;
  aggregate: Aggregate;
  unit: string;
  additive: boolean;
};
export type Cube = {
  name: CubeName;
  labels: Labels;
  key: 'uuid' | 'int';
  dimensions: Dimension[];
  measures: Measure[];
  properties: { name: string; type: DimensionType }[];
};
export type RegionLevel = {
  level: string;
  hierarchy: string;
  labels: Labels;
  count: number;
  depth: number;
};
export type IndicatorLevel = { level: string; year: number; figures: number; suppressed: number };
export type Indicator = {
  indicator: string;
  title_en: string;
  title_nl: string;
  unit: string;
  additive: boolean;
  levels: IndicatorLevel[];
  /** Code of the dataset, where one dataset brought all figures. */
  dataset?: string;
};
export type Dataset = {
  code: string;
  title: string;
  source: string;
  licence: string;
  attribution: string;
  vintage: string;
  row_counts: Record<string, number>;
  rejected: number;
  loaded_at: string;
};
export type Territory = {
  code: string;
  name: string;
  representative: { id: string; name: string } | null;
};
export type Catalogue = {
  version: number;
  data_version: string;
  cubes: Cube[];
  region_levels: RegionLevel[];
  indicators: Indicator[];
  datasets: Dataset[];
  extent: Bbox | null;
  start: { lng: number; lat: number; zoom: number };
  territories: Territory[];
  users: { id: string; name: string }[];
};

export type Cql2 = { op: string; args: unknown[] } | null;
export type StoredFilter = {
  hash: string;
  cube: CubeName;
  cql2: Cql2;
  text: string | null;
  geometry: AreaGeometry | null;
};

export type Order = { by: string; descending: boolean };
/** The part of a request that says which records are meant. */
export type Where = {
  /** CQL2 JSON. */
  filter?: unknown;
  f?: string;
  geometry?: AreaGeometry;
  bbox?: Bbox;
};
export type CubeQuery = Where & {
  measures: string[];
  dimensions?: string[];
  order?: Order[];
  limit?: number;
};
export type CubeKey = string | number | null;
export type CubeRow = { keys: CubeKey[]; values: (number | null)[] };
export type CubeAnswer = {
  cube: CubeName;
  data_version: string;
  dimensions: string[];
  measures: string[];
  rows: CubeRow[];
  matched: number;
  without_place: number;
  groups: number;
};
export type PivotQuery = Where & {
  rows: string[];
  columns: string[];
  measures: string[];
  top?: { dimension: string; by: string; count: number }[];
  order?: Order[];
  limit?: number;
};
/** Members past the top are one group. */
export type PivotKey = CubeKey | { other: true };
export type PivotLine = { keys: PivotKey[]; total: (number | null)[] };
export type PivotAnswer = {
  data_version: string;
  measures: string[];
  rows: PivotLine[];
  columns: PivotLine[];
  /** By row, then by column; null where no record is. */
  cells: ((number | null)[] | null)[][];
  total: (number | null)[];
  matched: number;
  without_place: number;
  groups: number;
};
export type BatchAnswer = { data_version: string; answers: CubeAnswer[] };
export type RecordsQuery = Where & { order?: Order[]; limit: number; after?: string };
export type RecordsAnswer<Row> = {
  data_version: string;
  total: number;
  rows: Row[];
  next: string | null;
};

export type AccountKind = 'household' | 'organisation';
export type AccountStatus = 'prospect' | 'customer' | 'former';
export type PlaceState = 'matched' | 'doubtful' | 'failed' | 'pinned';
export type PostalAddress = {
  street: string | null;
  house_number: string | null;
  postcode: string | null;
  city: string | null;
  country: string | null;
  one_line: string;
};
export type RegionRef = { level: string; code: string; name: string };
export type Account = {
  id: string;
  version: number;
  name: string;
  kind: AccountKind;
  status: AccountStatus;
  category: string | null;
  email: string | null;
  phone: string | null;
  note: string | null;
  address: PostalAddress;
  place: Position | null;
  place_state: PlaceState;
  territory: string | null;
  owner: { id: string; name: string } | null;
  revenue_cents: number | null;
  currency: string;
  customer_since_on: string | null;
  last_contact_on: string | null;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
  regions: Record<string, { code: string; name: string } | null>;
};
export type AccountPatch = Partial<{
  name: string;
  kind: AccountKind;
  status: AccountStatus;
  category: string | null;
  email: string | null;
  phone: string | null;
  note: string | null;
  address: Partial<Omit<PostalAddress, 'one_line'>>;
  territory: string | null;
  owner_id: string | null;
  revenue_cents: number | null;
  customer_since_on: string | null;
  last_contact_on: string | null;
}>;
export type HistoryAction = 'create' | 'update' | 'move' | 'delete' | 'restore' | 'import' | 'undo';
export type HistoryEntry = {
  at: string;
  user: { id: string; name: string } | null;
  action: HistoryAction;
  changes: { field: string; old: unknown; new: unknown }[];
};

export type Suggestion = {
  kind: 'address' | 'street' | 'place' | 'postcode';
  text: string;
  detail: string | null;
  lng: number;
  lat: number;
  address_id?: string;
  bbox?: Bbox;
};
export type SearchAnswer = {
  accounts: {
    id: string;
    name: string;
    address: string | PostalAddress | null;
    lng: number | null;
    lat: number | null;
    status: AccountStatus;
  }[];
  addresses: Suggestion[];
  regions: (RegionRef & { lng: number; lat: number; bbox: Bbox })[];
};

export type Region = RegionRef & {
  parent: RegionRef | null;
  lng: number;
  lat: number;
  bbox: Bbox;
  area_m2: number;
};
export type RegionFigure = {
  indicator: string;
  title_en: string;
  title_nl: string;
  unit: string;
  year: number;
  value: number | null;
  suppressed: boolean;
};
export type RegionDetail = Region & {
  geometry: AreaGeometry;
  path: RegionRef[];
  children_level: string | null;
  indicators: RegionFigure[];
};

export type CodeCount = { code: string | null; count: number };
export type Surroundings = {
  at: Position;
  regions: RegionRef[];
  address: { one_line?: string; distance_m: number; address?: PostalAddress } | null;
  business_park: { name: string | null; distance_m: number; band: string } | null;
  road: {
    id: string;
    name: string | null;
    class: string;
    condition: number | null;
    condition_class: string | null;
    distance_m: number;
  } | null;
  way_to_main_road: {
    length_m: number;
    condition_mean: number | null;
    worst_condition: number | null;
    main_road: string | null;
    metric: string;
  } | null;
  within: {
    radius_m: number;
    addresses: number;
    dwellings: number;
    housing_types: CodeCount[];
    building_forms: CodeCount[];
    building_uses: CodeCount[];
    building_ages: CodeCount[];
  };
  figures: (RegionFigure & { level: string; code: string })[];
  flows: {
    direction: 'in' | 'out' | 'within';
    mode: string;
    persons: number;
    region: RegionRef | string;
    year: number;
  }[];
  accounts: {
    radius_m: number;
    count: number;
    customers: number;
    nearest: { id: string; name: string; status: AccountStatus; distance_m: number }[];
  };
};

export type Derived = { code: string | null; confidence: 'stated' | 'derived' | 'assumed' | null };
/** A building, road or address; which properties are there depends on the kind. */
export type MapObject = {
  id: string;
  kind: string;
  name: string | null;
  properties: Record<string, unknown>;
  /** Columns that follow from others, each with how sure it is. */
  derived: Record<string, Derived>;
  geometry: { type: string; coordinates: unknown } | null;
  addresses: PostalAddress[];
  dataset: string;
};

export type ExportFormat = 'csv' | 'xlsx' | 'geojson' | 'gpkg';
export type ExportReceipt = {
  id: string;
  file_name: string;
  format: ExportFormat;
  rows: number;
  bytes: number;
  sha256: string;
  data_version: string;
  url: string;
  receipt: Record<string, unknown>;
};

export type FieldFault = { field: string; value?: unknown; reason: string };
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail?: string;
  errors?: FieldFault[];
  current?: Account;
  differences?: { field: string; yours: unknown; theirs: unknown }[];
};
