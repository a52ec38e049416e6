// Builds the workbench of the map page from the address, the filter and the page's own small states.
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Map as MapLibreMap } from 'maplibre-gl';
import { useCallback, useMemo, useState } from 'react';
import type { Catalogue, User } from '../api/types';
import { useFilter } from '../filters/useFilter';
import { drilledRegion, scopeParts } from '../filters/where';
import { defaultFill } from '../layers/defaults';
import { type MapMode, SELECT } from '../map/mode';
import {
  type Chosen,
  type Scope,
  readChosen,
  readLayers,
  readView,
  writeChosen,
  writeLayers,
} from '../url/mapSearch';
import { usePhone } from '../phone/usePhone';
import type { PanelTab, ShownLayers, Viewport, Workbench } from './workbench';

const RADIUS_M = 250;

export function useWorkbenchState(catalogue: Catalogue, user: User): Workbench {
  const search = useSearch({ from: '/map' });
  const navigate = useNavigate({ from: '/map' });
  const filter = useFilter();
  const phone = usePhone();
  const [viewport, setViewport] = useState<Viewport | null>(null);
  const [mode, setMode] = useState<MapMode>(SELECT);
  const [map, setMap] = useState<MapLibreMap | null>(null);
  const [tab, setTab] = useState<PanelTab>(search.sel ? 'inspector' : 'widgets');
  const [leftTab, setLeftTab] = useState<'layers' | 'filters'>('layers');
  const [radiusM, setRadiusM] = useState(RADIUS_M);
  const [startView] = useState(
    () => readView(search) ?? { zoom: catalogue.start.zoom, lat: catalogue.start.lat, lng: catalogue.start.lng },
  );

  const { definition, areaHash } = filter;
  const selection = useMemo(
    () => ({ definition, areaHash, region: drilledRegion(definition, catalogue.region_levels) }),
    [definition, areaHash, catalogue.region_levels],
  );
  const hasArea = definition.geometry !== null || selection.region !== null;
  const scope: Scope =
    search.scope === 'view' || search.scope === 'selection'
      ? search.scope
      : hasArea
        ? 'selection'
        : 'view';
  const parts = useMemo(() => scopeParts(scope, viewport?.bbox ?? null), [scope, viewport?.bbox]);

  const fallback = useMemo(() => defaultFill(catalogue), [catalogue]);
  const layers = useMemo<ShownLayers>(() => {
    const read = readLayers({ on: search.on, fill: search.fill });
    return { ...read, fill: read.fill === undefined ? fallback : read.fill };
  }, [search.on, search.fill, fallback]);

  const setLayers = useCallback(
    (change: Partial<ShownLayers>) =>
      void navigate({
        search: (before) => {
          const shown = readLayers(before);
          return { ...before, ...writeLayers({ ...shown, ...change }) };
        },
        replace: true,
      }),
    [navigate],
  );
  const setScope = useCallback(
    (next: Scope) => void navigate({ search: (before) => ({ ...before, scope: next }), replace: true }),
    [navigate],
  );
  const choose = useCallback(
    (next: Chosen | null) => {
      setTab(next ? 'inspector' : 'widgets');
      void navigate({ search: (before) => ({ ...before, sel: writeChosen(next) }) });
    },
    [navigate],
  );
  const chosen = useMemo(() => readChosen({ sel: search.sel }), [search.sel]);

  return {
    catalogue,
    user,
    filter,
    selection,
    hasArea,
    scope,
    setScope,
    parts,
    viewport,
    setViewport,
    startView,
    layers,
    setLayers,
    chosen,
    choose,
    radiusM,
    setRadiusM,
    mode,
    setMode,
    map,
    setMap,
    tab,
    setTab,
    leftTab,
    setLeftTab,
    phone,
  };
}
