// The drawing tools, in a piece of their own: loaded when the first tool is taken.
import type { Map as MapLibreMap } from 'maplibre-gl';
import {
  TerraDraw,
  TerraDrawCircleMode,
  TerraDrawFreehandMode,
  TerraDrawPolygonMode,
  TerraDrawRectangleMode,
} from 'terra-draw';
import { OverlayAdapter } from './overlay';

export function makeDraw(map: MapLibreMap, colour: `#${string}`): TerraDraw {
  const styles = {
    fillColor: colour,
    fillOpacity: 0.06,
    outlineColor: colour,
    outlineWidth: 2.6,
    closingPointColor: colour,
    closingPointWidth: 5,
    closingPointOutlineColor: '#FFFFFF',
    closingPointOutlineWidth: 1.5,
  } as const;
  const drawInteraction = 'click-move-or-drag' as const;
  return new TerraDraw({
    adapter: new OverlayAdapter(map),
    modes: [
      new TerraDrawRectangleMode({ styles, drawInteraction }),
      new TerraDrawFreehandMode({ styles, drawInteraction, minDistance: 8, autoClose: false }),
      new TerraDrawPolygonMode({ styles }),
      new TerraDrawCircleMode({ styles, drawInteraction, segments: 96 }),
    ],
  });
}
