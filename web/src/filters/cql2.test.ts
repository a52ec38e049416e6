// What the panels say must survive the way to the server's canonical form and back.
import { describe, expect, it } from 'vitest';
import { fromCql2, toCql2 } from './cql2';
import { type Condition, NO_FILTER, toggleValue, valuesOn, withRange, withValues } from './model';

describe('CQL2', () => {
  it('writes one value as a comparison and several as a list', () => {
    expect(toCql2([{ kind: 'values', property: 'status', values: ['customer'] }])).toEqual({
      op: '=',
      args: [{ property: 'status' }, 'customer'],
    });
    expect(toCql2([{ kind: 'values', property: 'city', values: ["'s-Hertogenbosch", 'Oss'] }])).toEqual({
      op: 'in',
      args: [{ property: 'city' }, ["'s-Hertogenbosch", 'Oss']],
    });
  });

  it('asks for what is not known by isNull', () => {
    expect(toCql2([{ kind: 'values', property: 'city', values: ['Oss', null] }])).toEqual({
      op: 'or',
      args: [
        { op: '=', args: [{ property: 'city' }, 'Oss'] },
        { op: 'isNull', args: [{ property: 'city' }] },
      ],
    });
  });

  it('is nothing for no condition', () => {
    expect(toCql2([])).toBeUndefined();
    expect(fromCql2(null)).toEqual([]);
    expect(fromCql2(true)).toEqual([]);
  });

  it.each<[string, Condition[]]>([
    ['values', [{ kind: 'values', property: 'status', values: ['customer', 'prospect'] }]],
    ['values or unknown', [{ kind: 'values', property: 'city', values: ['Oss', 'Uden', null] }]],
    ['unknown alone', [{ kind: 'values', property: 'city', values: [null] }]],
    ['both bounds', [{ kind: 'range', property: 'building_year', min: 1900, max: 1944 }]],
    ['zero as a bound', [{ kind: 'range', property: 'revenue_cents', min: 0, max: null }]],
    ['upper bound', [{ kind: 'range', property: 'building_year', min: null, max: 1944 }]],
    ['dates', [{ kind: 'dates', property: 'last_contact_on', from: '2026-01-01', to: null }]],
    [
      'several',
      [
        { kind: 'values', property: 'status', values: ['customer'] },
        { kind: 'range', property: 'building_year', min: null, max: 1944 },
        { kind: 'dates', property: 'last_contact_on', from: '2026-01-01', to: '2026-06-30' },
      ],
    ],
  ])('reads back %s', (_name, conditions) => {
    expect(fromCql2(toCql2(conditions))).toEqual(conditions);
  });

  it('keeps what it does not understand', () => {
    const odd = { op: 'like', args: [{ property: 'name' }, 'A%'] };
    const conditions = fromCql2({ op: 'and', args: [odd, { op: '=', args: [{ property: 'a' }, 1] }] });
    expect(conditions[0]).toEqual({ kind: 'custom', cql2: odd });
    expect(toCql2(conditions)).toEqual({ op: 'and', args: [odd, { op: '=', args: [{ property: 'a' }, 1] }] });
  });

  it('does not read two properties as one condition', () => {
    const either = {
      op: 'or',
      args: [
        { op: '=', args: [{ property: 'a' }, 1] },
        { op: '=', args: [{ property: 'b' }, 1] },
      ],
    };
    expect(fromCql2(either)).toEqual([{ kind: 'custom', cql2: either }]);
  });
});

describe('editing a filter', () => {
  it('takes one value by click and takes it away by a second click', () => {
    const once = toggleValue(NO_FILTER, 'status', 'customer', false);
    expect(valuesOn(once, 'status')).toEqual(['customer']);
    expect(toggleValue(once, 'status', 'customer', false).conditions).toEqual([]);
  });

  it('adds and removes beside the others', () => {
    const both = toggleValue(withValues(NO_FILTER, 'status', ['customer']), 'status', null, true);
    expect(valuesOn(both, 'status')).toEqual(['customer', null]);
    expect(valuesOn(toggleValue(both, 'status', 'customer', true), 'status')).toEqual([null]);
  });

  it('holds no empty condition', () => {
    expect(withValues(NO_FILTER, 'city', []).conditions).toEqual([]);
    expect(withRange(NO_FILTER, 'year', null, null).conditions).toEqual([]);
  });
});
