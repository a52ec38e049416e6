// Keys while the map has the focus: drawing without a pointer, drilling into the region in the middle and
// up again. Panning and zooming by keys are MapLibre's own.
import type { Map as MapLibreMap } from 'maplibre-gl';
import { Point } from 'maplibre-gl';
import { useEffect, useEffectEvent } from 'react';
import { useWorkbench } from '../app/workbench';
import { useDrill } from '../drill/useDrill';
import type { KeyboardDraw } from './draw/useKeyboardDraw';
import { pickAt } from './pick';

export function useMapKeys(map: MapLibreMap | null, keyboard: KeyboardDraw): void {
  const { mode, layers } = useWorkbench();
  const { drillTo, up } = useDrill();

  const drillCentre = useEffectEvent((on: MapLibreMap) => {
    const box = on.getContainer();
    const centre = new Point(box.clientWidth / 2, box.clientHeight / 2);
    const pick = pickAt(on, centre, ['regions']);
    if (pick?.kind === 'region' && layers.fill?.kind === 'regions') {
      drillTo({ level: layers.fill.level, code: pick.code });
    }
  });
  const onKey = useEffectEvent((event: KeyboardEvent, on: MapLibreMap) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const drawing = mode.name === 'draw';
    if (event.key === ' ' && drawing) keyboard.addPoint();
    else if (event.key === 'Enter' && drawing) keyboard.finish();
    else if (event.key === 'Backspace' && drawing) keyboard.removePoint();
    else if (event.key === 'Enter' && mode.name === 'select') drillCentre(on);
    else if (event.key === 'Backspace' && mode.name === 'select') up();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  useEffect(() => {
    if (!map) return undefined;
    const canvas = map.getCanvas();
    const listener = (event: KeyboardEvent) => onKey(event, map);
    canvas.addEventListener('keydown', listener, true);
    return () => canvas.removeEventListener('keydown', listener, true);
  }, [map]);
}
