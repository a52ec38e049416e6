// The map, always mounted, and what floats over it. This component owns the MapLibre instance through its
// hooks; it decides nothing about data.
import { useMemo, useRef } from 'react';
import { useWorkbench } from '../app/workbench';
import { SelectionBar } from '../selection/SelectionBar';
import { useFill } from '../layers/useFill';
import { useLocale } from '../i18n/useLocale';
import { MapChrome } from './MapChrome';
import { MapHint } from './MapHint';
import { MapLoading } from './MapLoading';
import { Toolbar } from './Toolbar';
import { buildStyle } from './style/buildStyle';
import { useDrawing } from './draw/useDrawing';
import { useKeyboardDraw } from './draw/useKeyboardDraw';
import { useLiveTiles } from './useLiveTiles';
import { useMapEvents } from './useMapEvents';
import { useMapKeys } from './useMapKeys';
import { useMapLibre } from './useMapLibre';
import { useMovePin } from './useMovePin';
import { useRegionClasses } from './useRegionClasses';
import { useStyleState } from './useStyleState';
import { useTileErrors } from './useTileErrors';

export default function MapView() {
  const { layers, startView, setMap, phone } = useWorkbench();
  const { t } = useLocale();
  const container = useRef<HTMLDivElement>(null);
  const fillData = useFill();
  const state = useStyleState(fillData);
  const style = useMemo(() => buildStyle(state), [state]);
  const map = useMapLibre(container, style, startView, t('tools.mapLabel'), setMap);
  const level = layers.fill?.kind === 'regions' ? layers.fill.level : null;

  useRegionClasses(map, level, fillData);
  useMapEvents(map);
  useTileErrors(map);
  useLiveTiles(map);
  useDrawing(map);
  useMovePin(map);
  const keyboard = useKeyboardDraw(map);
  useMapKeys(map, keyboard);

  return (
    <div className="mapbox">
      <div ref={container} className="map" id="map" data-testid="map" />
      {keyboard.focused && <div className="crosshair" aria-hidden />}
      <MapLoading />
      <Toolbar />
      <MapHint points={keyboard.count} focused={keyboard.focused} />
      <MapChrome />
      {!phone && <SelectionBar />}
    </div>
  );
}
