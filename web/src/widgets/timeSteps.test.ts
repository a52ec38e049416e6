// Steps have no gaps and no overlaps, and a window survives the way into the filter and back.
import { describe, expect, it } from 'vitest';
import { NO_FILTER, conditionOn } from '../filters/model';
import { moved, stepsOf, windowOf, withWindow } from './timeSteps';

const months = stepsOf('month', ['2025-11', '2026-03']);

describe('steps', () => {
  it('are whole months, leap days included', () => {
    expect(months.map(({ key }) => key)).toEqual(['2025-11', '2025-12', '2026-01', '2026-02', '2026-03']);
    expect(months.map(({ to }) => to)).toEqual(['2025-11-30', '2025-12-31', '2026-01-31', '2026-02-28', '2026-03-31']);
    expect(stepsOf('month', ['2028-02'])[0]).toEqual({ key: '2028-02', from: '2028-02-01', to: '2028-02-29' });
  });

  it('are whole years', () => {
    expect(stepsOf('year', ['2024', '2022'])).toEqual([
      { key: '2022', from: '2022-01-01', to: '2022-12-31' },
      { key: '2023', from: '2023-01-01', to: '2023-12-31' },
      { key: '2024', from: '2024-01-01', to: '2024-12-31' },
    ]);
  });

  it('are the newest where there are too many, and none of nothing', () => {
    const many = stepsOf('month', ['1990-01', '2026-03']);
    expect(many).toHaveLength(36);
    expect(many.at(-1)?.key).toBe('2026-03');
    expect(stepsOf('month', [])).toEqual([]);
  });
});

describe('a window', () => {
  it.each([[0, 0], [1, 3], [4, 4], [0, 4]] as const)('of %i to %i comes back from the filter', (first, last) => {
    const filter = withWindow(NO_FILTER, 'last_contact_on', months, [first, last]);
    expect(windowOf(months, conditionOn(filter, 'last_contact_on'))).toEqual([first, last]);
  });

  it('means its first and last day', () => {
    const filter = withWindow(NO_FILTER, 'last_contact_on', months, [1, 3]);
    expect(filter.conditions).toEqual([{ kind: 'dates', property: 'last_contact_on', from: '2025-12-01', to: '2026-02-28' }]);
    expect(withWindow(filter, 'last_contact_on', months, null).conditions).toEqual([]);
  });

  it('of days typed elsewhere holds every month they touch', () => {
    const typed = (from: string | null, to: string | null) =>
      windowOf(months, { kind: 'dates', property: 'last_contact_on', from, to });
    expect(typed('2025-12-24', '2026-01-02')).toEqual([1, 2]);
    expect(typed(null, '2025-12-01')).toEqual([0, 1]);
    expect(typed('2026-02-28', null)).toEqual([3, 4]);
    expect(typed('2027-01-01', null)).toBeNull();
    expect(typed(null, '2020-01-01')).toBeNull();
    expect(windowOf(months, undefined)).toBeNull();
  });

  it('moves until an end', () => {
    expect(moved([1, 2], 1, 5)).toEqual([2, 3]);
    expect(moved([3, 4], 1, 5)).toBeNull();
    expect(moved([0, 1], -1, 5)).toBeNull();
  });
});
