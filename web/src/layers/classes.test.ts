// Classes must hold every value once, be of about equal size and never part equal values.
import { describe, expect, it } from 'vitest';
import { bins, classOf, quantileClasses, rampFor } from './classes';

const range = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('quantile classes', () => {
  it('are of equal size', () => {
    const { breaks, counts } = quantileClasses(range(100));
    expect(breaks).toHaveLength(4);
    expect(counts).toEqual([20, 20, 20, 20, 20]);
  });

  it('hold every value once', () => {
    const values = [5, 1, 1, 1, 9, 3, 3, 7, 7, 7, 7, 2, 0.5, -4];
    const { counts } = quantileClasses(values);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(values.length);
  });

  it('keep equal values together', () => {
    const values = [...Array<number>(90).fill(0), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const { breaks, counts } = quantileClasses(values);
    expect(counts[0]).toBeGreaterThanOrEqual(90);
    expect(new Set(breaks).size).toBe(breaks.length);
  });

  it('make one class of one value and none of nothing', () => {
    expect(quantileClasses([3, 3, 3])).toEqual({ breaks: [], counts: [3] });
    expect(quantileClasses([]).counts).toEqual([0]);
  });

  it('put a bound into the class above it', () => {
    expect(classOf(10, [10, 20])).toBe(1);
    expect(classOf(9.9, [10, 20])).toBe(0);
    expect(classOf(20, [10, 20])).toBe(2);
  });

  it('have readable bounds between the neighbours', () => {
    const { breaks } = quantileClasses([101.3, 118.2, 254.7, 391.9, 402.1, 618.4, 733.3, 801.1, 912.7, 990.5], 2);
    expect(breaks).toEqual([500]);
  });
});

it('spreads fewer classes over the whole ramp', () => {
  expect(rampFor(['a', 'b', 'c', 'd', 'e'], 2)).toEqual(['a', 'e']);
  expect(rampFor(['a', 'b', 'c', 'd', 'e'], 1)).toEqual(['c']);
});

it('bins every value, outliers in the last bin', () => {
  const { counts } = bins([...range(200), 1e9], 10);
  expect(counts.reduce((a, b) => a + b, 0)).toBe(201);
  expect(counts[0]).toBeGreaterThan(10);
});
