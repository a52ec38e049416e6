// Labels of a chart's axis that stay inside the chart and out of each other: one at an edge moves inwards,
// and where two would touch, the later one is left out.
/** Mean width of a digit or letter of a label, in units of the drawing. */
const CHARACTER = 5.8;
const GAP = 6;

export type Tick = { x: number; text: string };

/** The labels with the middle of each; `ticks` from left to right. */
export function placeTicks(ticks: Tick[], width: number): Tick[] {
  const placed: Tick[] = [];
  let free = 0;
  for (const { x, text } of ticks) {
    const half = (text.length * CHARACTER) / 2;
    const inside = Math.max(half, Math.min(width - half, x));
    if (inside - half < free) continue;
    placed.push({ x: inside, text });
    free = inside + half + GAP;
  }
  return placed;
}
