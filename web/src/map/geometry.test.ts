// Drawn shapes must stay where they were drawn, and circles must have their radius.
import { describe, expect, it } from 'vitest';
import { areaOf, bboxOf, boxRing, circleRing, densify, haversineM } from './geometry';

describe('drawn shapes', () => {
  it('leaves short edges alone', () => {
    const ring = boxRing({ lng: 4.88, lat: 52.36 }, { lng: 4.9, lat: 52.38 });
    expect(densify(ring, 14)).toHaveLength(5);
  });

  it('bends long slanted edges so that they follow the drawn line', () => {
    const ring: [number, number][] = [[0, 40], [20, 60], [0, 60], [0, 40]];
    const dense = densify(ring, 6);
    expect(dense.length).toBeGreaterThan(ring.length);
    // On the slanted edge, degrees of longitude and Mercator height grow in proportion.
    const y = (lat: number) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
    const slanted = dense.slice(0, dense.findIndex(([lng]) => lng === 20) + 1);
    for (const [lng, lat] of slanted) {
      expect((y(lat) - y(40)) / (y(60) - y(40))).toBeCloseTo(lng / 20, 4);
    }
  });

  it('closes the ring and refuses what encloses nothing', () => {
    const area = areaOf([[4, 52], [5, 52], [5, 53]], 10);
    expect(area?.type === 'Polygon' && area.coordinates[0]?.at(-1)).toEqual([4, 52]);
    expect(areaOf([[4, 52], [5, 52], [4, 52]], 10)).toBeNull();
    expect(areaOf([], 10)).toBeNull();
  });

  it('draws circles of the stated radius', () => {
    const centre = { lng: 4.9, lat: 52.37 };
    for (const [lng, lat] of circleRing(centre, 250)) {
      expect(haversineM(centre, { lng, lat })).toBeCloseTo(250, 3);
    }
  });

  it('bounds an area', () => {
    expect(bboxOf({ type: 'MultiPolygon', coordinates: [[[[4, 52], [5, 52], [5, 53], [4, 52]]]] })).toEqual([4, 52, 5, 53]);
  });
});
