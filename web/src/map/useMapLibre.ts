// Owns the one MapLibre instance of the page: makes it, applies each new style as a difference, and takes
// it down. Everything else gets the instance from the workbench.
import {
  Map as MapLibreMap,
  type SourceSpecification,
  type StyleSpecification,
  type VectorTileSource,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { testMode } from '../app/testMode';
import type { View } from '../url/mapSearch';
import { provideImages } from './images';

setWorkerUrl(workerUrl);

const MAX_ZOOM = 19;

/** Sources that others fill: the ring under the pointer, and the shape drawn with the keyboard. */
const isForeign = (id: string) => id === 'hover' || id === 'draft';

/** The next style with what the keyboard and the pointer have put on the map. */
function keepForeign(previous: StyleSpecification | undefined, next: StyleSpecification): StyleSpecification {
  if (!previous) return next;
  const sources: Record<string, SourceSpecification> = { ...next.sources };
  for (const [id, source] of Object.entries(previous.sources)) {
    if (isForeign(id)) sources[id] = source;
  }
  return { ...next, sources };
}

/** New tile addresses reload a source in place: its old tiles stay until the new ones are there. */
function readdress(map: MapLibreMap, next: StyleSpecification): void {
  for (const [id, wanted] of Object.entries(next.sources)) {
    if (wanted.type !== 'vector' || !wanted.tiles) continue;
    const source = map.getSource<VectorTileSource>(id);
    const before = source?.serialize() as { tiles?: string[] } | undefined;
    if (source && before?.tiles && before.tiles.join() !== wanted.tiles.join()) {
      source.setTiles(wanted.tiles);
    }
  }
}

export function useMapLibre(
  container: RefObject<HTMLDivElement | null>,
  style: StyleSpecification,
  start: View,
  label: string,
  onMap: (map: MapLibreMap | null) => void,
): MapLibreMap | null {
  const [map, setMap] = useState<MapLibreMap | null>(null);
  const first = useRef({ style, start, onMap });

  useEffect(() => {
    const element = container.current;
    if (!element) return undefined;
    const { start: view, onMap: tell } = first.current;
    const made = new MapLibreMap({
      container: element,
      style: first.current.style,
      center: [view.lng, view.lat],
      zoom: view.zoom,
      maxZoom: MAX_ZOOM,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      boxZoom: false,
      ...(testMode ? { fadeDuration: 0, pixelRatio: 1, canvasContextAttributes: { antialias: false } } : {}),
      transformRequest: (url) => ({ url: new URL(url, location.href).href }),
    });
    made.touchZoomRotate.disableRotation();
    made.keyboard.disableRotation();
    provideImages(made);
    made.once('style.load', () => {
      setMap(made);
      tell(made);
    });
    if (testMode) {
      window.__geocrm = { map: made, ready: false };
      made.once('idle', () => {
        if (window.__geocrm) window.__geocrm.ready = true;
      });
    }
    return () => {
      tell(null);
      setMap(null);
      made.remove();
    };
  }, [container]);

  useEffect(() => {
    if (!map) return;
    readdress(map, style);
    map.setStyle(style, { diff: true, transformStyle: keepForeign });
  }, [map, style]);

  useEffect(() => {
    map?.getCanvas().setAttribute('aria-label', label);
  }, [map, label]);

  return map;
}
