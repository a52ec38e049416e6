// Single keys that work anywhere on the map page, except while someone types.
import { useEffect, useEffectEvent } from 'react';
import { SELECT } from '../map/mode';
import { modeOfKey } from '../map/Toolbar';
import { defaultFill } from '../layers/defaults';
import type { Workbench } from './workbench';

export type Actions = {
  toggleTable: () => void;
  toggleLeft: () => void;
  toggleRight: () => void;
  showHelp: () => void;
};

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;

function toggleLayer(bench: Workbench, number: number): void {
  const { layers, setLayers, catalogue } = bench;
  const changes = [
    () => setLayers({ accounts: !layers.accounts }),
    () => setLayers({ fill: layers.fill?.kind === 'regions' ? null : defaultFill(catalogue) }),
    () => setLayers({ fill: layers.fill?.kind === 'hexagons' ? null : { kind: 'hexagons', figure: { of: 'cube', cube: 'accounts', measure: 'count' } } }),
    () => setLayers({ roads: !layers.roads }),
    () => setLayers({ buildings: layers.buildings ? null : 'housing_type' }),
    () => setLayers({ parks: !layers.parks }),
  ];
  changes[number - 1]?.();
}

function escape(bench: Workbench): void {
  if (bench.mode.name !== 'select') bench.setMode(SELECT);
  else if (bench.chosen) bench.choose(null);
}

export function useShortcuts(bench: Workbench, actions: Actions): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target)) return;
    const mode = modeOfKey(event.key);
    if (mode) {
      bench.setMode(mode);
      bench.map?.getCanvas().focus();
    } else if (event.key === '/') document.getElementById('search')?.focus();
    else if (event.key === 'Escape') escape(bench);
    else if (event.key === 't' || event.key === 'T') actions.toggleTable();
    else if (event.key === '[') actions.toggleLeft();
    else if (event.key === ']') actions.toggleRight();
    else if (event.key === '?') actions.showHelp();
    else if (/^[1-6]$/.test(event.key)) toggleLayer(bench, Number(event.key));
    else return;
    event.preventDefault();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
}
