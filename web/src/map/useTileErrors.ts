// A tile that does not load is said once, with a way to try again; the rest of the map goes on.
import type { ErrorEvent, Map as MapLibreMap } from 'maplibre-gl';
import { useEffect } from 'react';
import { queryClient, sessionQuery } from '../api/queries';
import { useLocale } from '../i18n/useLocale';
import { showToast } from '../ui/toast';

type TileError = ErrorEvent & { sourceId?: string; error: Error & { status?: number } };

const NAMES = {
  accounts: 'layers.accounts',
  accounts_all: 'layers.accounts',
  hexagons: 'layers.hexagons',
  buildings: 'layers.buildings',
  roads: 'layers.roads',
  business_parks: 'layers.parks',
  flows: 'layers.flows',
  base: 'app.map',
} as const;

export function useTileErrors(map: MapLibreMap | null): void {
  const { t } = useLocale();
  useEffect(() => {
    if (!map) return undefined;
    const onError = (event: ErrorEvent) => {
      const { sourceId, error } = event as TileError;
      if (!sourceId || error.name === 'AbortError') return;
      if (error.status === 401) {
        void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
        return;
      }
      const key = sourceId in NAMES ? NAMES[sourceId as keyof typeof NAMES] : 'layers.choropleth';
      showToast({
        key: `tiles-${sourceId}`,
        tone: 'bad',
        text: t('states.tileError', { layer: t(key) }),
        action: { label: t('app.retry'), run: () => map.getSource(sourceId) && map.refreshTiles(sourceId) },
      });
    };
    map.on('error', onError);
    return () => {
      map.off('error', onError);
    };
  }, [map, t]);
}
