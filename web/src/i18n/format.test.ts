// Figures as each language writes them.
import { describe, expect, it } from 'vitest';
import { formatsFor } from './format';

const en = formatsFor('en');
const nl = formatsFor('nl');

describe('figures', () => {
  it('groups thousands', () => {
    expect(en.count(5388)).toBe('5,388');
    expect(nl.count(5388)).toBe('5.388');
  });

  it('writes changes with a true minus', () => {
    expect(en.change(-137)).toBe('−137');
    expect(nl.change(1306)).toBe('+1.306');
    expect(en.change(0)).toBe('±0');
  });

  it('writes shares with one decimal', () => {
    expect(en.share(0.2157)).toBe('21.6%');
    expect(nl.share(0.2157)).toBe('21,6%');
  });

  it('writes money from cents', () => {
    expect(en.money(1_664_000)).toBe('€16,640');
    expect(nl.money(1_664_000)).toBe('€ 16.640');
    expect(en.moneyShort(649_000_000)).toBe('€6.49M');
    expect(nl.moneyShort(649_000_000)).toBe('€ 6,49 mln');
    expect(en.money(-500)).toBe('−€5');
  });

  it('writes distances and areas in the fitting unit', () => {
    expect(en.distance(85)).toBe('85 m');
    expect(nl.distance(1300)).toBe('1,3 km');
    expect(en.area(52_000)).toBe('5.2 ha');
    expect(nl.area(2_500_000)).toBe('2,5 km²');
  });

  it('names months and days', () => {
    expect(en.month('2026-06')).toBe('Jun');
    expect(nl.month('2026-10')).toBe('okt');
    expect(nl.date('2026-11-03')).toContain('nov');
  });

  it('gives whole numbers of years no grouping', () => {
    expect(en.withUnit(1769, 'year')).toBe('1769');
  });
});
