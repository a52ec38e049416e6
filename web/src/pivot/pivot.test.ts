// The question behind the pivot table.
import { describe, expect, it } from 'vitest';
import type { Cube } from '../api/types';
import { FIRST_CHOICE, type PivotChoice, TOP_COLUMNS, TOP_ROWS, comparisonOf, comparisons, pivotFigures, pivotOf, toldChoice } from './pivot';

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

  it('compares periods with earlier ones, latest first', () => {
    const dimensions = [{ name: 'customer_since_year', grain: 'year' }, { name: 'last_contact_month', grain: 'month' }, { name: 'status' }];
    const cube = { dimensions } as Cube;
    expect(comparisons(cube, 'status')).toEqual([]);
    expect(comparisons(cube, 'customer_since_year')).toEqual(['none', 'period']);
    expect(comparisons(cube, 'last_contact_month')).toEqual(['none', 'period', 'year']);
    const asked = comparisonOf({ ...FIRST_CHOICE, row: 'last_contact_month' }, 'year', selection, {});
    expect(asked.measures[3]).toEqual({ name: 'growth', growth: { of: 'count', step: 'year' } });
    expect(asked.order).toEqual([{ by: 'last_contact_month', descending: true }]);
    expect(asked.columns).toEqual([]);
  });

  it('offers every sum per thousand dwellings', () => {
    const measures = [
      { name: 'count', unit: 'records', additive: true },
      { name: 'revenue_cents', unit: 'EUR_cents', additive: true },
      { name: 'revenue_mean_cents', unit: 'EUR_cents', additive: false },
    ];
    const dimensions = ['category', 'territory'].map((name) => ({ name, per_dwelling: name === 'category' }));
    const cube = { measures, dimensions } as Cube;
    const densities = (choice: PivotChoice) => pivotFigures(cube, choice).filter(({ perDwellings }) => perDwellings !== null);
    const choice = { ...FIRST_CHOICE, column: null, measure: 'count_per_dwelling' };
    expect(densities(choice).map(({ name }) => name)).toEqual(['count_per_dwelling', 'revenue_cents_per_dwelling']);
    expect(toldChoice(cube, choice)).toEqual(choice);
    const untold = { ...choice, column: 'territory' };
    expect(densities(untold)).toEqual([]);
    expect(toldChoice(cube, untold).measure).toBe('count');
  });

  it('shows figures per dwelling of the members with the largest sums', () => {
    const choice = { ...FIRST_CHOICE, row: 'last_contact_month', measure: 'count_per_dwelling' };
    const asked = pivotOf(choice, selection, {});
    expect(asked.measures).toEqual([{ name: 'count_per_dwelling', per_dwelling: 'count' }, 'count']);
    expect([asked.order?.[0]?.by, asked.top?.map(({ by }) => by)]).toEqual(['count_per_dwelling', ['count', 'count']]);
    const earlier = comparisonOf(choice, 'year', selection, {}).measures[1];
    expect(earlier).toEqual({ name: 'earlier', earlier: { of: { per_dwelling: 'count' }, step: 'year' } });
  });

  it('has no columns when none are chosen, or those of the rows', () => {
    for (const column of [null, 'category']) {
      const asked = pivotOf({ ...FIRST_CHOICE, column }, selection, {});
      expect(asked.columns).toEqual([]);
      expect(asked.top).toHaveLength(1);
    }
  });
});
