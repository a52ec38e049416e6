// Which tiles a change in some quads touches: those that cover a quad or lie in one. Tiles are numbered as on
// the web: x eastwards, y southwards, both below 2 to the power of z.
import type { Quad } from '../api/live';

/** The quad's ancestor at a zoom, or the quad itself from there on. */
const at = ({ z, x, y }: Quad, zoom: number): Quad =>
  z <= zoom ? { z, x, y } : { z: zoom, x: Math.floor(x / 2 ** (z - zoom)), y: Math.floor(y / 2 ** (z - zoom)) };

function meets(tile: Quad, quad: Quad): boolean {
  const zoom = Math.min(tile.z, quad.z);
  const [a, b] = [at(tile, zoom), at(quad, zoom)];
  return a.x === b.x && a.y === b.y;
}

/** `reach` counts the tiles around one whose content reaches into it: 1 for hexagons, which edges cut. */
export function touches(tile: Quad, quads: Quad[], reach = 0): boolean {
  for (let dx = -reach; dx <= reach; dx += 1) {
    for (let dy = -reach; dy <= reach; dy += 1) {
      const near = { z: tile.z, x: tile.x + dx, y: tile.y + dy };
      if (quads.some((quad) => meets(near, quad))) return true;
    }
  }
  return false;
}
