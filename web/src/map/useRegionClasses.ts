// Hands the class of every region to the map as feature-state, so that new figures recolour the map without
// fetching its geometry again.
import type { Map as MapLibreMap } from 'maplibre-gl';
import { useEffect } from 'react';
import { classOf, rampFor } from '../layers/classes';
import type { FillData } from '../layers/useFill';
import { RAMP } from './style/palette';
import { regionSource } from './style/fills';

const STEPS = RAMP.light;

/** Position in the five-step ramp of each of so many classes. */
export const rampIndex = (classes: number): number[] =>
  rampFor(STEPS, classes).map((colour) => STEPS.indexOf(colour));

export function useRegionClasses(map: MapLibreMap | null, level: string | null, data: FillData): void {
  const { values, classes, loading } = data;
  useEffect(() => {
    if (!map || !level || loading) return;
    const target = { source: regionSource(level), sourceLayer: 'regions' };
    if (!map.getSource(target.source)) return;
    const steps = rampIndex(classes.counts.length);
    map.removeFeatureState(target);
    for (const [code, value] of values) {
      map.setFeatureState({ ...target, id: code }, { c: steps[classOf(value, classes.breaks)] ?? 0 });
    }
  }, [map, level, values, classes, loading]);
}
