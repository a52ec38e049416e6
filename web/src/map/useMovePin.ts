// Moving a record's pin: a marker to drag, or to move with the arrow keys, that is saved when let go.
import { Marker, type Map as MapLibreMap } from 'maplibre-gl';
import { useEffect, useEffectEvent } from 'react';
import type { Position } from '../api/types';
import { useTheme } from '../app/theme';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { usePlaceEdit } from '../inspector/usePlaceEdit';
import { SELECT } from './mode';
import { BASE } from './style/palette';

/** Pixels an arrow key moves the pin; with Shift it moves ten times as far. */
const STEP_PX = 2;
const ARROWS: Record<string, [x: number, y: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function useMovePin(map: MapLibreMap | null): void {
  const { mode, setMode } = useWorkbench();
  const { t } = useLocale();
  const theme = useTheme();
  const { move } = usePlaceEdit();
  const pin = mode.name === 'movePin' ? mode : null;
  const label = useEffectEvent(() => t('inspector.movePin'));
  const drop = useEffectEvent((from: NonNullable<typeof pin>, to: Position) => {
    move(from, to);
    setMode(SELECT);
  });

  useEffect(() => {
    if (!map || !pin) return undefined;
    const marker = new Marker({ color: BASE[theme].select, draggable: true }).setLngLat(pin.from).addTo(map);
    const element = marker.getElement();
    element.tabIndex = 0;
    element.setAttribute('role', 'button');
    element.setAttribute('aria-label', label());
    element.dataset['testid'] = 'move-pin';
    const save = () => {
      const { lng, lat } = marker.getLngLat();
      drop(pin, { lng: Number(lng.toFixed(7)), lat: Number(lat.toFixed(7)) });
    };
    const onKey = (event: KeyboardEvent) => {
      const arrow = ARROWS[event.key];
      if (event.key === 'Enter') save();
      else if (arrow) {
        const far = event.shiftKey ? 10 : 1;
        const at = map.project(marker.getLngLat());
        marker.setLngLat(map.unproject([at.x + arrow[0] * STEP_PX * far, at.y + arrow[1] * STEP_PX * far]));
      } else return;
      event.preventDefault();
      // MapLibre's own handling of these keys would end the drag, and so save, at the first release.
      event.stopImmediatePropagation();
    };
    // Wherever the pin is let go, over the toolbar or beside the window, the map hears of it.
    const hold = (event: PointerEvent) => element.setPointerCapture(event.pointerId);
    marker.on('dragend', save);
    element.addEventListener('pointerdown', hold);
    element.addEventListener('keydown', onKey, true);
    element.focus({ preventScroll: true });
    return () => {
      element.removeEventListener('pointerdown', hold);
      element.removeEventListener('keydown', onKey, true);
      marker.remove();
    };
  }, [map, pin, theme]);
}
