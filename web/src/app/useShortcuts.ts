// Single keys that work anywhere on the map page, except while someone types.
import { useEffect, useRef } from 'react';
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
  const latest = useRef({ bench, actions });
  latest.current = { bench, actions };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { bench: now, actions: run } = latest.current;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target)) return;
      const mode = modeOfKey(event.key);
      if (mode) {
        now.setMode(mode);
        now.map?.getCanvas().focus();
      } else if (event.key === '/') document.getElementById('search')?.focus();
      else if (event.key === 'Escape') escape(now);
      else if (event.key === 't' || event.key === 'T') run.toggleTable();
      else if (event.key === '[') run.toggleLeft();
      else if (event.key === ']') run.toggleRight();
      else if (event.key === '?') run.showHelp();
      else if (/^[1-6]$/.test(event.key)) toggleLayer(now, Number(event.key));
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
