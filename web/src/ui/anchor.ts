// Where the label of a chart's axis is held: in its middle, but at an edge so that it stays inside.
const EDGE_PX = 24;

export const anchorAt = (x: number, width: number): 'start' | 'middle' | 'end' =>
  x < EDGE_PX ? 'start' : x > width - EDGE_PX ? 'end' : 'middle';
