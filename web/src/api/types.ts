// The shapes of the HTTP API by the names the page uses. All come from the server's own document (openapi.ts,
// written by `npm run gen`). Where the document says only "text" or "anything" and the page knows more (codes
// it has words for, GeoJSON), that is said here; a member the document no longer has does not compile.
import type { components } from './openapi';

type Schemas = components['schemas'];

/** As it arrives: a member without a value is there as null (few are left out, and none is told apart from null). */
export type Sent<Shape> = Shape extends (infer Item)[]
  ? Sent<Item>[]
  : Shape extends object
    ? { [Member in keyof Shape]-?: Sent<Shape[Member]> }
    : Shape;

/** The shape with some of its members read more closely, each within what the document allows. */
type Read<
  Shape,
  Closer extends { [Member in keyof Closer]: Member extends keyof Shape ? Shape[Member] : never },
> = Omit<Shape, keyof Closer> & Closer;

type Answer<Name extends keyof Schemas> = Sent<Schemas[Name]>;

export type Locale = 'en' | 'nl';
export type Labels = Schemas['LabelsBody'];
export type Position = Schemas['Position'];
/** West, south, east, north in degrees. */
export type Bbox = [number, number, number, number];
export type AreaGeometry =
  | { type: 'Polygon'; coordinates: number[][][] }
  | { type: 'MultiPolygon'; coordinates: number[][][][] };

export type User = Read<Answer<'SessionUser'>, { role: 'administrator' | 'representative' | 'analyst'; locale: Locale }>;
export type Session = Read<Answer<'Session'>, { user: User | null }>;

export type CubeName = 'accounts' | 'addresses' | 'roads' | 'regions' | 'flows';
type DimensionType = 'text' | 'int' | 'date';
export type Dimension = Read<Answer<'DimensionBody'>, { type: DimensionType }>;
export type Cube = Read<Answer<'CubeBody'>, { name: CubeName; dimensions: Dimension[] }>;
export type Measure = Cube['measures'][number];
export type RegionLevel = Answer<'RegionLevelBody'>;
export type Indicator = Answer<'IndicatorBody'>;
export type Dataset = Answer<'DatasetBody'>;
export type Catalogue = Read<Answer<'Catalogue'>, { cubes: Cube[]; extent: Bbox | null }>;

export type Cql2 = { op: string; args: unknown[] } | null;
export type StoredFilter = Read<Answer<'StoredFilter'>, { cql2: Cql2; geometry: AreaGeometry | null }>;

export type Order = Required<Schemas['Order']>;
/** A question to a cube; which records are meant is its filter, stored filter, area and box. */
export type CubeQuery = Schemas['Query'];
export type Where = Pick<CubeQuery, 'filter' | 'f' | 'geometry' | 'bbox'>;
export type CubeKey = string | number | null;
export type CubeRow = Read<Schemas['Row'], { keys: CubeKey[]; values: (number | null)[] }>;
export type Persons = Read<Answer<'Persons'>, { told: 'exact' | 'rounded' | 'left_out' }>;
export type CubeAnswer = Read<Answer<'QueryAnswer'>, { cube: CubeName; rows: CubeRow[]; persons: Persons }>;
export type BatchAnswer = Read<Answer<'BatchAnswer'>, { answers: CubeAnswer[] }>;
export type PivotQuery = Where & {
  rows: string[];
  columns: string[];
  measures: Schemas['MeasureAsked'][];
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
  persons: Persons;
};

export type AccountStatus = 'prospect' | 'customer' | 'former';
export type PlaceState = 'matched' | 'doubtful' | 'failed' | 'pinned';
export type Account = Read<
  Answer<'AccountBody'>,
  { kind: 'household' | 'organisation'; status: AccountStatus; place_state: PlaceState }
>;
export type AccountsPage = Read<Answer<'RecordsPage'>, { rows: Account[] }>;
export type AccountPatch = Schemas['ChangeAccount'];
export type HistoryEntry = Read<
  Answer<'HistoryEntry'>,
  { action: 'create' | 'update' | 'move' | 'delete' | 'restore' | 'import' | 'undo' }
>;

export type Suggestion = Read<
  Answer<'SuggestionBody'>,
  { kind: 'address' | 'street' | 'place' | 'postcode'; bbox: Bbox }
>;
type AccountHit = Read<Answer<'AccountHit'>, { status: AccountStatus }>;
type RegionHit = Read<Answer<'RegionHit'>, { bbox: Bbox }>;
export type SearchAnswer = Read<
  Answer<'SearchResult'>,
  { accounts: AccountHit[]; addresses: Suggestion[]; regions: RegionHit[] }
>;

export type RegionRef = Answer<'RegionRefBody'>;
export type RegionFigure = Answer<'FigureBody'>;
export type RegionDetail = Read<Answer<'RegionDetailBody'>, { bbox: Bbox; geometry: AreaGeometry }>;

export type CodeCount = Answer<'CodeCount'>;
type NearAccount = Read<Answer<'NearAccount'>, { status: AccountStatus }>;
type AccountsNear = Read<Answer<'AccountsNear'>, { nearest: NearAccount[] }>;
type Flow = Read<Answer<'FlowBody'>, { direction: 'in' | 'out' | 'within' }>;
export type Surroundings = Read<Answer<'SurroundingsBody'>, { accounts: AccountsNear; flows: Flow[] }>;

type Derived = Read<Answer<'DerivedBody'>, { confidence: 'stated' | 'derived' | 'assumed' }>;
/** A building, road or address; which properties are there depends on the kind. */
export type MapObject = Read<
  Answer<'ObjectBody'>,
  { derived: Record<string, Derived>; geometry: { type: string; coordinates: unknown } | null }
>;

export type ExportFormat = 'csv' | 'xlsx' | 'geojson' | 'gpkg';
export type ExportReceipt = Read<Answer<'ExportAnswer'>, { format: ExportFormat }>;

/** A refusal; the last two members come with an edit that was too late, the counts with a stale receipt. */
export type Problem = Pick<Schemas['Problem'], 'type' | 'title' | 'status' | 'errors'> & {
  detail?: string;
  current?: Account;
  differences?: { field: string; yours: unknown; theirs: unknown }[];
  added?: number;
  gone?: number;
  changed?: number;
};
