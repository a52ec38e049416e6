// What a pivot asks: one dimension down, one across or none, one measure; the largest members of each and the rest
// in one group. Periods down can be compared with earlier ones instead. Totals and differences come from the server,
// since means and distinct counts do not add up here.
import type { Cube, Dimension, PivotQuery } from '../api/types';
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

/** Periods, latest first, each with its figure, the earlier one, the difference and its share. */
export function comparisonOf(choice: PivotChoice, step: 'period' | 'year', selection: Selection, parts: Parts): PivotQuery {
  const of = { of: choice.measure, step };
  return {
    ...whereOf(selection, parts),
    rows: [choice.row],
    columns: [],
    measures: [
      choice.measure,
      { name: 'earlier', earlier: of },
      { name: 'change', change: of },
      { name: 'growth', growth: of },
    ],
    order: [{ by: choice.row, descending: true }],
    limit: PERIODS,
  };
}

export function pivotOf(choice: PivotChoice, selection: Selection, parts: Parts): PivotQuery {
  const top = [{ dimension: choice.row, by: choice.measure, count: TOP_ROWS }];
  const across = choice.column !== null && choice.column !== choice.row ? [choice.column] : [];
  return {
    ...whereOf(selection, parts),
    rows: [choice.row],
    columns: across,
    measures: [choice.measure],
    top: [...top, ...across.map((dimension) => ({ dimension, by: choice.measure, count: TOP_COLUMNS }))],
    order: [{ by: choice.measure, descending: true }],
  };
}
