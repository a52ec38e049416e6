// What a pivot asks: one dimension down, one across or none, one measure; the largest members of each and the rest
// in one group. Totals come from the server, since means and distinct counts do not add up here.
import type { Cube, Dimension, PivotQuery } from '../api/types';
import { type Parts, type Selection, whereOf } from '../filters/where';

export const TOP_ROWS = 12;
export const TOP_COLUMNS = 5;

export type PivotChoice = { row: string; column: string | null; measure: string };

export const FIRST_CHOICE: PivotChoice = { row: 'category', column: 'status', measure: 'count' };

/** Dimensions that people read: no hexagons, no single days. */
export const pivotDimensions = (cube: Cube): Dimension[] =>
  cube.dimensions.filter(({ kind, type }) => kind !== 'h3' && type !== 'date');

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
