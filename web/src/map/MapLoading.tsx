// A thin bar over the map while it waits for tiles. Tiles that come at once never show it.
import { useEffect, useState } from 'react';
import { useWorkbench } from '../app/workbench';

const SHOWN_AFTER_MS = 300;

export function MapLoading() {
  const { map } = useWorkbench();
  const [waiting, setWaiting] = useState(false);

  useEffect(() => {
    if (!map) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = () => {
      clearTimeout(timer);
      timer = undefined;
      setWaiting(false);
    };
    const onRender = () => {
      if (map.areTilesLoaded()) end();
      else timer ??= setTimeout(() => setWaiting(!map.areTilesLoaded()), SHOWN_AFTER_MS);
    };
    map.on('render', onRender);
    map.on('idle', end);
    return () => {
      map.off('render', onRender);
      map.off('idle', end);
      end();
    };
  }, [map]);

  return waiting ? <div className="map-loading" aria-hidden data-testid="map-loading" /> : null;
}
