// What the parts of the map page share: catalogue, filter, selection, viewport, layers and the map itself.
// It only brings the four homes of state together; it keeps none of its own beyond the page's component.
import type { Map as MapLibreMap } from 'maplibre-gl';
import { createContext, useContext } from 'react';
import type { Bbox, Catalogue, User } from '../api/types';
import type { FilterState } from '../filters/useFilter';
import type { Parts, Selection } from '../filters/where';
import type { MapMode } from '../map/mode';
import type { Chosen, Fill, Layers, Scope, View } from '../url/mapSearch';

export type Viewport = { bbox: Bbox; zoom: number };
/** As Layers, with the default fill filled in. */
export type ShownLayers = Omit<Layers, 'fill'> & { fill: Fill | null };
export type PanelTab = 'widgets' | 'pivot' | 'inspector';

export type Workbench = {
  catalogue: Catalogue;
  user: User;
  filter: FilterState;
  selection: Selection;
  /** Whether there is an area or a region, so that "in selection" means a place. */
  hasArea: boolean;
  scope: Scope;
  setScope: (scope: Scope) => void;
  /** The records of the scope, for whereOf. */
  parts: Parts;
  viewport: Viewport | null;
  setViewport: (viewport: Viewport) => void;
  startView: View;
  layers: ShownLayers;
  setLayers: (change: Partial<ShownLayers>) => void;
  chosen: Chosen | null;
  choose: (chosen: Chosen | null) => void;
  /** Radius of the surroundings shown, in metres. */
  radiusM: number;
  setRadiusM: (radiusM: number) => void;
  mode: MapMode;
  setMode: (mode: MapMode) => void;
  map: MapLibreMap | null;
  setMap: (map: MapLibreMap | null) => void;
  tab: PanelTab;
  setTab: (tab: PanelTab) => void;
  leftTab: 'layers' | 'filters';
  setLeftTab: (tab: 'layers' | 'filters') => void;
  phone: boolean;
};

export const WorkbenchContext = createContext<Workbench | null>(null);

export function useWorkbench(): Workbench {
  const bench = useContext(WorkbenchContext);
  if (!bench) throw new Error('useWorkbench outside of the map page');
  return bench;
}
