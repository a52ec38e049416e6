// After a change the map fetches again only the record tiles it touches. A tile that is out of sight stays
// stale until it comes into view; one that arrives for the first time just after a change is fetched once
// more, for nobody knows which side of the change it saw.
import type { Map as MapLibreMap, MapSourceDataEvent } from 'maplibre-gl';
import { useEffect } from 'react';
import { type Quad, onChangedQuads } from '../api/live';
import { touches } from './quads';

/** Sources made of records, and how far the content of a tile reaches into its neighbours. */
const REACH: Record<string, number> = { accounts: 0, accounts_all: 0, hexagons: 1 };
/** No tile is under way for longer. */
const UNDER_WAY_MS = 3000;

const keyOf = ({ z, x, y }: Quad) => `${z}/${x}/${y}`;

export function useLiveTiles(map: MapLibreMap | null): void {
  useEffect(() => {
    if (!map) return undefined;
    /** By source: tiles that have been loaded, and those of them that are stale. */
    const sources = new Map(
      Object.keys(REACH).map((source) => [source, { loaded: new Map<string, Quad>(), stale: new Map<string, Quad>() }]),
    );
    let last: { quads: Quad[]; at: number } = { quads: [], at: 0 };

    const refresh = (source: string) => {
      const stale = [...(sources.get(source)?.stale.values() ?? [])];
      if (stale.length > 0 && map.getSource(source)) map.refreshTiles(source, stale);
    };
    const onData = ({ sourceId, coord }: MapSourceDataEvent) => {
      const mine = sources.get(sourceId);
      if (!mine || !coord) return;
      const { z, x, y } = coord.canonical;
      const tile = { z, x, y };
      const key = keyOf(tile);
      const isNew = !mine.loaded.has(key);
      mine.loaded.set(key, tile);
      mine.stale.delete(key);
      const recent = performance.now() - last.at < UNDER_WAY_MS;
      if (isNew && recent && touches(tile, last.quads, REACH[sourceId])) {
        mine.stale.set(key, tile);
        refresh(sourceId);
      }
    };
    const stop = onChangedQuads((quads) => {
      last = { quads, at: performance.now() };
      for (const [source, { loaded, stale }] of sources) {
        for (const [key, tile] of loaded) {
          if (touches(tile, quads, REACH[source])) stale.set(key, tile);
        }
        refresh(source);
      }
    });
    const onMoveEnd = () => {
      for (const source of sources.keys()) refresh(source);
    };
    map.on('sourcedata', onData);
    map.on('moveend', onMoveEnd);
    return () => {
      stop();
      map.off('sourcedata', onData);
      map.off('moveend', onMoveEnd);
    };
  }, [map]);
}
