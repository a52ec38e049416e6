// Labels stay inside and apart.
import { expect, it } from 'vitest';
import { placeTicks } from './ticks';

it('moves labels at the edges inwards', () => {
  const [first, last] = placeTicks([{ x: 0, text: '€200,000' }, { x: 248, text: '€800,000' }], 248);
  expect(first?.x).toBeGreaterThan(20);
  expect(last?.x).toBeLessThan(228);
});

it('leaves out what would touch its neighbour', () => {
  const texts = placeTicks([10, 40, 90, 120, 240].map((x) => ({ x, text: `year ${x}` })), 248).map(({ text }) => text);
  expect(texts).toEqual(['year 10', 'year 90', 'year 240']);
});
