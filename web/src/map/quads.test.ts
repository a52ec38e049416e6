// A changed quad concerns the tile it lies in, at any zoom, and no neighbour; hexagons also the neighbours.
import { describe, expect, it } from 'vitest';
import { touches } from './quads';

const QUAD = { z: 12, x: 2103, y: 1346 };

describe('tiles of a changed quad', () => {
  it('are the quad itself and all that cover it', () => {
    expect(touches(QUAD, [QUAD])).toBe(true);
    for (let z = 0; z < 12; z += 1) {
      expect(touches({ z, x: 2103 >> (12 - z), y: 1346 >> (12 - z) }, [QUAD])).toBe(true);
    }
    expect(touches({ z: 11, x: 1052, y: 673 }, [QUAD])).toBe(false);
  });

  it('are those inside it and none beside', () => {
    expect(touches({ z: 14, x: 2103 * 4 + 3, y: 1346 * 4 }, [QUAD])).toBe(true);
    expect(touches({ z: 14, x: 2104 * 4, y: 1346 * 4 }, [QUAD])).toBe(false);
    expect(touches({ z: 16, x: 2103 * 16 + 15, y: 1346 * 16 + 15 }, [QUAD])).toBe(true);
    expect(touches({ z: 16, x: 2103 * 16 - 1, y: 1346 * 16 }, [QUAD])).toBe(false);
  });

  it('are none when nothing changed on the map', () => {
    expect(touches({ z: 0, x: 0, y: 0 }, [])).toBe(false);
  });

  it('reach one tile further where content crosses edges', () => {
    expect(touches({ z: 12, x: 2104, y: 1347 }, [QUAD], 1)).toBe(true);
    expect(touches({ z: 12, x: 2105, y: 1346 }, [QUAD], 1)).toBe(false);
    expect(touches({ z: 14, x: 2104 * 4, y: 1346 * 4 - 1 }, [QUAD], 1)).toBe(true);
  });
});
