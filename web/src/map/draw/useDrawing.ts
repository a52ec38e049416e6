// Drawing with the pointer, by terra-draw, which is loaded when the first tool is taken. While a shape grows
// it is the draft; when it is finished it becomes the area of the filter.
import type { Map as MapLibreMap } from 'maplibre-gl';
import { useEffect, useEffectEvent } from 'react';
import type { TerraDraw } from 'terra-draw';
import type { AreaGeometry } from '../../api/types';
import { useTheme } from '../../app/theme';
import { useWorkbench } from '../../app/workbench';
import { useSetDraft } from '../../selection/draft';
import { areaOf } from '../geometry';
import { type DrawShape, SELECT } from '../mode';
import { BASE } from '../style/palette';

const MODE_NAME: Record<DrawShape, string> = {
  rectangle: 'rectangle',
  lasso: 'freehand',
  polygon: 'polygon',
  radius: 'circle',
};

type Ring = [number, number][];

/** The outline of the one polygon being drawn. */
function ringOf(draw: TerraDraw): Ring | null {
  const polygon = draw.getSnapshot().findLast((feature) => feature.geometry.type === 'Polygon');
  const rings = polygon?.geometry.coordinates as Ring[] | undefined;
  return rings?.[0] ?? null;
}

export function useDrawing(map: MapLibreMap | null): void {
  const { mode, setMode, filter } = useWorkbench();
  const setDraft = useSetDraft();
  const theme = useTheme();
  const shape = mode.name === 'draw' ? mode.shape : null;
  const finish = useEffectEvent((geometry: AreaGeometry | null, drawn: DrawShape) => {
    if (geometry) filter.apply({ ...filter.definition, geometry }, drawn);
  });

  useEffect(() => {
    if (!map || !shape) return undefined;
    let draw: TerraDraw | null = null;
    let left = false;
    const canvas = map.getCanvas();
    canvas.style.cursor = 'crosshair';
    void import('./terra').then(({ makeDraw }) => {
      if (left) return;
      const made = makeDraw(map, BASE[theme].select as `#${string}`);
      draw = made;
      made.start();
      made.setMode(MODE_NAME[shape]);
      made.on('change', () => {
        const ring = ringOf(made);
        setDraft(ring ? areaOf(ring, map.getZoom()) : null);
      });
      made.on('finish', () => {
        const ring = ringOf(made);
        const geometry = ring ? areaOf(ring, map.getZoom()) : null;
        // The click that ended the shape must not also choose what lies under it.
        setTimeout(() => setMode(SELECT), 0);
        finish(geometry, shape);
      });
    });
    return () => {
      left = true;
      if (draw?.enabled) draw.stop();
      setDraft(null);
      canvas.style.cursor = '';
    };
  }, [map, shape, theme, setDraft, setMode]);
}
