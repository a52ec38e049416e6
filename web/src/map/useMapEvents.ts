// Pointer and camera: a click chooses, a move shows what is under the pointer, the end of a move writes the
// view into the address and tells the figures what is in view.
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { GeoJSONSource, Map as MapLibreMap, MapMouseEvent } from 'maplibre-gl';
import { useEffect, useEffectEvent, useRef } from 'react';
import type { Bbox } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useDrill } from '../drill/useDrill';
import { readView, writeView } from '../url/mapSearch';
import { getHovered, onHovered, setHovered } from './hover';
import { RECORD_LAYERS, pickAt } from './pick';

const ADDRESS_DELAY_MS = 250;

function bboxOf(map: MapLibreMap): Bbox {
  const b = map.getBounds();
  const round = (value: number) => Number(value.toFixed(5));
  return [
    round(Math.max(-180, b.getWest())),
    round(Math.max(-90, b.getSouth())),
    round(Math.min(180, b.getEast())),
    round(Math.min(90, b.getNorth())),
  ];
}

/** Camera → viewport and address; address (back and forward) → camera. */
function useCamera(map: MapLibreMap | null): void {
  const { setViewport } = useWorkbench();
  const navigate = useNavigate({ from: '/map' });
  const { v } = useSearch({ from: '/map' });
  const written = useRef(v);

  useEffect(() => {
    if (!map) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settled = () => {
      setViewport({ bbox: bboxOf(map), zoom: map.getZoom() });
      clearTimeout(timer);
      timer = setTimeout(() => {
        const { lng, lat } = map.getCenter();
        const next = writeView({ zoom: map.getZoom(), lat, lng });
        if (next === written.current) return;
        written.current = next;
        void navigate({ search: (before) => ({ ...before, v: next }), replace: true });
      }, ADDRESS_DELAY_MS);
    };
    settled();
    map.on('moveend', settled);
    map.on('resize', settled);
    return () => {
      clearTimeout(timer);
      map.off('moveend', settled);
      map.off('resize', settled);
    };
  }, [map, navigate, setViewport]);

  useEffect(() => {
    if (!map || v === written.current) return;
    written.current = v;
    const view = readView({ v });
    if (view) map.jumpTo({ center: [view.lng, view.lat], zoom: view.zoom });
  }, [map, v]);
}

function useClicks(map: MapLibreMap | null): void {
  const { mode, choose, layers } = useWorkbench();
  const { drillTo } = useDrill();
  const onClick = useEffectEvent((event: MapMouseEvent, on: MapLibreMap) => {
    if (mode.name !== 'select') return;
    const pick = pickAt(on, event.point);
    switch (pick?.kind) {
      case 'cluster':
        on.easeTo({ center: pick.place, zoom: Math.min(on.getZoom() + 2, 16) });
        break;
      case 'account':
      case 'building':
      case 'road':
        choose({ kind: pick.kind, id: pick.id });
        break;
      case 'region':
        if (layers.fill?.kind === 'regions') drillTo({ level: layers.fill.level, code: pick.code });
        break;
      default:
        choose({ kind: 'place', lng: event.lngLat.lng, lat: event.lngLat.lat });
    }
  });

  useEffect(() => {
    if (!map) return undefined;
    const listener = (event: MapMouseEvent) => onClick(event, map);
    map.on('click', listener);
    return () => {
      map.off('click', listener);
    };
  }, [map]);
}

function useHoverRing(map: MapLibreMap | null): void {
  const { mode } = useWorkbench();
  useEffect(() => {
    if (!map || mode.name !== 'select') return undefined;
    const canvas = map.getCanvas();
    const onMove = (event: MapMouseEvent) => {
      const pick = pickAt(map, event.point, RECORD_LAYERS);
      setHovered(pick?.kind === 'account' ? { id: pick.id, place: pick.place } : null);
      canvas.style.cursor = pick ? 'pointer' : '';
    };
    const onOut = () => setHovered(null);
    map.on('mousemove', onMove);
    map.on('mouseout', onOut);
    const show = () => {
      const place = getHovered()?.place;
      map.getSource<GeoJSONSource>('hover')?.setData({
        type: 'FeatureCollection',
        features: place
          ? [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [place.lng, place.lat] } }]
          : [],
      });
    };
    const stop = onHovered(show);
    return () => {
      map.off('mousemove', onMove);
      map.off('mouseout', onOut);
      canvas.style.cursor = '';
      setHovered(null);
      stop();
    };
  }, [map, mode.name]);
}

export function useMapEvents(map: MapLibreMap | null): void {
  useCamera(map);
  useClicks(map);
  useHoverRing(map);
}
