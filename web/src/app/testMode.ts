// `?test` makes the page steady for browser tests: no fading, one device pixel a pixel, no antialiasing,
// and the map reachable as `window.__geocrm`. Nothing else may depend on it.
import type { Map as MapLibreMap } from 'maplibre-gl';

declare global {
  interface Window {
    __geocrm?: { map: MapLibreMap; ready: boolean };
  }
}

/** Read once, before the router rewrites the address. */
export const testMode = new URLSearchParams(location.search).has('test');
