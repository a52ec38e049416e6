// Keys while the map has the focus: drawing without a pointer, drilling into the region in the middle and
// up again. Panning and zooming by keys are MapLibre's own.
import type { Map as MapLibreMap } from 'maplibre-gl';
import { Point } from 'maplibre-gl';
import { useEffect, useRef } from 'react';
import { useWorkbench } from '../app/workbench';
import { useDrill } from '../drill/useDrill';
import type { KeyboardDraw } from './draw/useKeyboardDraw';
import { pickAt } from './pick';

export function useMapKeys(map: MapLibreMap | null, keyboard: KeyboardDraw): void {
  const { mode, layers } = useWorkbench();
  const { drillTo, up } = useDrill();
  const latest = useRef({ mode, layers, keyboard, drillTo, up });
  latest.current = { mode, layers, keyboard, drillTo, up };

  useEffect(() => {
    if (!map) return undefined;
    const canvas = map.getCanvas();
    const drillCentre = () => {
      const { layers: shown, drillTo: drill } = latest.current;
      const box = map.getContainer();
      const centre = new Point(box.clientWidth / 2, box.clientHeight / 2);
      const pick = pickAt(map, centre, ['regions']);
      if (pick?.kind === 'region' && shown.fill?.kind === 'regions') {
        drill({ level: shown.fill.level, code: pick.code });
      }
    };
    const onKey = (event: KeyboardEvent) => {
      const now = latest.current;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const drawing = now.mode.name === 'draw';
      if (event.key === ' ' && drawing) now.keyboard.addPoint();
      else if (event.key === 'Enter' && drawing) now.keyboard.finish();
      else if (event.key === 'Backspace' && drawing) now.keyboard.removePoint();
      else if (event.key === 'Enter' && now.mode.name === 'select') drillCentre();
      else if (event.key === 'Backspace' && now.mode.name === 'select') now.up();
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    canvas.addEventListener('keydown', onKey, true);
    return () => canvas.removeEventListener('keydown', onKey, true);
  }, [map]);
}
