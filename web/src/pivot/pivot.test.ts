// The question behind the pivot table.
import { describe, expect, it } from 'vitest';
import { FIRST_CHOICE, TOP_COLUMNS, TOP_ROWS, pivotOf } from './pivot';

const selection = { definition: { conditions: [], geometry: null }, areaHash: 'abc', region: null };

describe('pivot', () => {
  it('asks for the largest members both ways, within the selection', () => {
    expect(pivotOf(FIRST_CHOICE, selection, {})).toEqual({
      f: 'abc',
      rows: ['category'],
      columns: ['status'],
      measures: ['count'],
      top: [
        { dimension: 'category', by: 'count', count: TOP_ROWS },
        { dimension: 'status', by: 'count', count: TOP_COLUMNS },
      ],
      order: [{ by: 'count', descending: true }],
    });
  });

  it('has no columns when none are chosen, or those of the rows', () => {
    for (const column of [null, 'category']) {
      const asked = pivotOf({ ...FIRST_CHOICE, column }, selection, {});
      expect(asked.columns).toEqual([]);
      expect(asked.top).toHaveLength(1);
    }
  });
});
