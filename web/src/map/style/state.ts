// All that the look of the map depends on, as one value. buildStyle turns it into a style; nothing else
// decides what the map shows.
import type { Theme } from '../../app/theme';
import type { AreaGeometry, Position } from '../../api/types';
import type { BuildingTheme, Fill } from '../../url/mapSearch';

export type FontUrls = { latin: string; latinExt: string };

export type StyleState = {
  theme: Theme;
  fonts: FontUrls;
  /** Decimal sign and grouping of figures written on the map. */
  numberLocale: string;
  accounts: boolean;
  fill: Fill | null;
  /** The level above the choropleth's, for its stronger lines and its labels. */
  parentLevel: string | null;
  /** Whether the class of every region is known (feature-state `c`), so that "no data" may be hatched. */
  fillReady: boolean;
  /** Upper bounds of the hexagon classes, lowest first. */
  hexBreaks: number[];
  buildings: BuildingTheme | null;
  roads: boolean;
  parks: boolean;
  flows: { mode: string; region: string | null } | null;
  /** Hash of the filter of the records. */
  filterHash: string | null;
  /** In the address of record tiles; a new one fetches all of them again. */
  recordsVersion: string;
  /** Outline of the drawn area or the chosen region. */
  area: { geometry: AreaGeometry; dashed: boolean } | null;
  /** The record in the inspector. */
  active: { place: Position; name: string; customer: boolean } | null;
  /** The building or road in the inspector. */
  outlined: { type: string; coordinates: unknown } | null;
  /** Circle around the place whose surroundings are shown. */
  ring: AreaGeometry | null;
};
