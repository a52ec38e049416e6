// Quantile classes of a set of figures, computed in the browser: equal numbers of regions a class, equal
// values never in two classes.
export const CLASS_COUNT = 5;

export type Classes = {
  /** Lower bounds of the second class and up; one fewer than there are classes. */
  breaks: number[];
  /** How many values each class holds. */
  counts: number[];
};

/** Class of a value: the number of breaks at or below it. */
export function classOf(value: number, breaks: number[]): number {
  let index = 0;
  while (index < breaks.length && value >= (breaks[index] as number)) index += 1;
  return index;
}

/** Rounds to the coarsest step that still keeps the two neighbours apart. */
function roundBetween(below: number, above: number): number {
  const gap = above - below;
  if (!(gap > 0)) return above;
  const step = 10 ** Math.floor(Math.log10(gap));
  const rounded = Math.ceil((below + gap * 1e-9) / step) * step;
  const clean = Number(rounded.toPrecision(12));
  return clean > below && clean <= above ? clean : above;
}

export function quantileClasses(values: number[], classes = CLASS_COUNT): Classes {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const breaks: number[] = [];
  for (let i = 1; i < classes; i += 1) {
    const at = Math.round((i * sorted.length) / classes);
    const above = sorted[at];
    const below = sorted[at - 1];
    if (above === undefined || below === undefined || above <= (sorted[0] as number)) continue;
    // Where the quantile falls inside a run of equal values, the run stays together in the upper class.
    const lower = below < above ? below : sorted.findLast((value) => value < above);
    const bound = lower === undefined ? above : roundBetween(lower, above);
    if (bound > (breaks.at(-1) ?? Number.NEGATIVE_INFINITY)) breaks.push(bound);
  }
  const counts = Array.from({ length: breaks.length + 1 }, () => 0);
  for (const value of sorted) counts[classOf(value, breaks)] = (counts[classOf(value, breaks)] ?? 0) + 1;
  return { breaks, counts };
}

/** Colours for so many classes, spread over the whole ramp. */
export function rampFor(ramp: readonly string[], classes: number): string[] {
  if (classes >= ramp.length) return [...ramp];
  if (classes === 1) return [ramp[Math.floor(ramp.length / 2)] as string];
  return Array.from(
    { length: classes },
    (_, i) => ramp[Math.round((i * (ramp.length - 1)) / (classes - 1))] as string,
  );
}

/** Equal-width bins for a histogram. */
export function bins(values: number[], count: number): { low: number; high: number; counts: number[] } {
  const sound = values.filter(Number.isFinite);
  const sorted = [...sound].sort((a, b) => a - b);
  const low = sorted[0] ?? 0;
  // A few outliers would leave all others in one bin; they go into the last one.
  const high = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 1;
  const width = (high - low || 1) / count;
  const counts = Array.from({ length: count }, () => 0);
  for (const value of sound) {
    const bin = Math.min(count - 1, Math.max(0, Math.floor((value - low) / width)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { low, high, counts };
}
