// Drawing without a pointer: the map moves under a cross in its middle, Space sets a point there, Enter
// closes the shape. Also says whether the map has the keyboard, so that the cross shows only then.
import type { Feature } from 'geojson';
import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Position } from '../../api/types';
import { useWorkbench } from '../../app/workbench';
import { useSetDraft } from '../../selection/draft';
import { areaOf, boxRing, circleRing, haversineM } from '../geometry';
import { type DrawShape, SELECT } from '../mode';

export type KeyboardDraw = {
  /** Whether the map has keyboard focus. */
  focused: boolean;
  count: number;
  addPoint: () => void;
  removePoint: () => void;
  /** Closes the shape; false when it has too few points. */
  finish: () => boolean;
};

/** Points a shape needs at least. */
const NEEDED: Record<DrawShape, number> = { rectangle: 2, radius: 2, lasso: 3, polygon: 3 };

function ringOf(shape: DrawShape, points: Position[]): [number, number][] {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last || points.length < NEEDED[shape]) return [];
  if (shape === 'rectangle') return boxRing(first, last);
  if (shape === 'radius') return circleRing(first, haversineM(first, last));
  return points.map(({ lng, lat }) => [lng, lat]);
}

export function useKeyboardDraw(map: MapLibreMap | null): KeyboardDraw {
  const { mode, setMode, filter } = useWorkbench();
  const setDraft = useSetDraft();
  const [set, setSet] = useState<{ shape: DrawShape | null; points: Position[] }>({ shape: null, points: [] });
  const [focused, setFocused] = useState(false);
  const shape = mode.name === 'draw' ? mode.shape : null;

  // Points belong to the tool they were set with.
  const points = useMemo(() => (set.shape === shape ? set.points : []), [set, shape]);

  useEffect(() => {
    if (!map) return undefined;
    const canvas = map.getCanvas();
    const onFocus = () => setFocused(canvas.matches(':focus-visible'));
    const onKey = () => setFocused(true);
    const onBlur = () => setFocused(false);
    const onPointer = () => setFocused(false);
    canvas.addEventListener('focus', onFocus);
    canvas.addEventListener('keydown', onKey);
    canvas.addEventListener('blur', onBlur);
    canvas.addEventListener('pointerdown', onPointer);
    return () => {
      canvas.removeEventListener('focus', onFocus);
      canvas.removeEventListener('keydown', onKey);
      canvas.removeEventListener('blur', onBlur);
      canvas.removeEventListener('pointerdown', onPointer);
    };
  }, [map]);

  const show = useCallback(
    (next: Position[]) => {
      setSet({ shape, points: next });
      if (shape && map) setDraft(areaOf(ringOf(shape, next), map.getZoom()));
    },
    [shape, map, setDraft],
  );

  useEffect(() => {
    const source = map?.getSource<GeoJSONSource>('draft');
    if (!source) return undefined;
    const outline = shape ? ringOf(shape, points) : [];
    const path = outline.length > 0 ? outline : points.map(({ lng, lat }): [number, number] => [lng, lat]);
    const dots = points.map(({ lng, lat }): Feature => ({
      type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [lng, lat] },
    }));
    const line: Feature[] =
      path.length > 1 ? [{ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: path } }] : [];
    source.setData({ type: 'FeatureCollection', features: [...line, ...dots] });
    return () => {
      map?.getSource<GeoJSONSource>('draft')?.setData({ type: 'FeatureCollection', features: [] });
    };
  }, [map, shape, points]);

  const addPoint = useCallback(() => {
    if (!map) return;
    const { lng, lat } = map.getCenter();
    show([...points, { lng, lat }]);
  }, [map, points, show]);

  const finish = useCallback(() => {
    if (!map || !shape) return false;
    // The place under the cross counts as the last point where a shape needs just two.
    const { lng, lat } = map.getCenter();
    const last = points.at(-1);
    const moved = !last || haversineM(last, { lng, lat }) > 0.5;
    const all = NEEDED[shape] === 2 && points.length === 1 && moved ? [...points, { lng, lat }] : points;
    const geometry = areaOf(ringOf(shape, all), map.getZoom());
    if (!geometry) return false;
    setMode(SELECT);
    filter.apply({ ...filter.definition, geometry }, shape);
    return true;
  }, [map, shape, points, filter, setMode]);

  return { focused, count: points.length, addPoint, removePoint: () => show(points.slice(0, -1)), finish };
}
