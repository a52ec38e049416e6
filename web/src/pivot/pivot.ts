// What a pivot asks: one dimension down, one across or none, one measure; the largest members of each and the rest
// in one group. A sum can be taken per dwelling of the addresses there. Periods down can be compared with earlier ones instead. Totals and differences come from the server,
// since means and distinct counts do not add up here.
import type { Cube, Dimension, Measure, PivotQuery } from '../api/types';
import { type Parts, type Selection, whereOf } from '../filters/where';

export const TOP_ROWS = 12;
export const TOP_COLUMNS = 5;

export const PERIODS = 24;

/** The period before, or the same period of the year before. */
export type Compare = 'none' | 'period' | 'year';
export type PivotChoice = { row: string; column: string | null; measure: string; compare: Compare };

export const FIRST_CHOICE: PivotChoice = { row: 'category', column: 'status', measure: 'count', compare: 'none' };

/** Dimensions that people read: no hexagons, no single days. */
export const pivotDimensions = (cube: Cube): Dimension[] =>
  cube.dimensions.filter(({ kind, type }) => kind !== 'h3' && type !== 'date');

/** What periods can be compared with; nothing where the rows are no periods. */
export function comparisons(cube: Cube, row: string): Compare[] {
  const grain = cube.dimensions.find(({ name }) => name === row)?.grain ?? null;
  if (grain === null) return [];
  return grain === 'year' ? ['none', 'period'] : ['none', 'period', 'year'];
}

const PER_DWELLING = '_per_dwelling';

/** What a figure per dwelling is of; null for a measure of the catalogue. */
const densityOf = (figure: string): string | null => (figure.endsWith(PER_DWELLING) ? figure.slice(0, -PER_DWELLING.length) : null);

/** What a table can show: a measure, or the same per so many dwellings. */
export type Figure = Measure & { perDwellings: number | null };

/** Few accounts come on one dwelling. */
const DWELLINGS = 1000;

/** The figures of a table; per dwelling only where rows and columns tell where the dwellings are. */
export function pivotFigures(cube: Cube, { row, column }: PivotChoice): Figure[] {
  const measures = cube.measures.map((measure) => ({ ...measure, perDwellings: null }));
  const named = cube.dimensions.filter(({ name }) => name === row || name === column);
  if (named.some((dimension) => !dimension.per_dwelling)) return measures;
  const sums = measures.filter(({ additive }) => additive);
  const densities = sums.map((measure): Figure => ({ ...measure, name: `${measure.name}${PER_DWELLING}`, perDwellings: DWELLINGS }));
  return [...measures, ...densities];
}

/** The choice, or the sum in the place of a figure per dwelling that rows or columns do not tell. */
export function toldChoice(cube: Cube, choice: PivotChoice): PivotChoice {
  const told = pivotFigures(cube, choice).some(({ name }) => name === choice.measure);
  return told ? choice : { ...choice, measure: densityOf(choice.measure) ?? choice.measure };
}

/** Periods, latest first, each with its figure, the earlier one, the difference and its share. */
export function comparisonOf(choice: PivotChoice, step: 'period' | 'year', selection: Selection, parts: Parts): PivotQuery {
  const density = densityOf(choice.measure);
  const of = { of: density === null ? choice.measure : { per_dwelling: density }, step };
  return {
    ...whereOf(selection, parts),
    rows: [choice.row],
    columns: [],
    measures: [
      density === null ? choice.measure : { name: choice.measure, per_dwelling: density },
      { name: 'earlier', earlier: of },
      { name: 'change', change: of },
      { name: 'growth', growth: of },
    ],
    order: [{ by: choice.row, descending: true }],
    limit: PERIODS,
  };
}

export function pivotOf(choice: PivotChoice, selection: Selection, parts: Parts): PivotQuery {
  const density = densityOf(choice.measure);
  // A place of two dwellings with one account is not among the largest.
  const by = density ?? choice.measure;
  const top = [{ dimension: choice.row, by, count: TOP_ROWS }];
  const across = choice.column !== null && choice.column !== choice.row ? [choice.column] : [];
  return {
    ...whereOf(selection, parts),
    rows: [choice.row],
    columns: across,
    measures: density === null ? [by] : [{ name: choice.measure, per_dwelling: density }, by],
    top: [...top, ...across.map((dimension) => ({ dimension, by, count: TOP_COLUMNS }))],
    order: [{ by: choice.measure, descending: true }],
  };
}
