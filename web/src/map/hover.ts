// The record under the pointer, on the map or in the table. Kept outside React: it changes with every
// pointer move, and only the ring on the map and one table row care.
import { useSyncExternalStore } from 'react';
import type { Position } from '../api/types';

export type Hovered = { id: string; place: Position | null };

let hovered: Hovered | null = null;
const listeners = new Set<() => void>();

export function setHovered(next: Hovered | null): void {
  if (next?.id === hovered?.id) return;
  hovered = next;
  for (const listener of listeners) listener();
}

export const getHovered = (): Hovered | null => hovered;

export function onHovered(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether this record is under the pointer; renders only when that changes. */
export const useIsHovered = (id: string): boolean =>
  useSyncExternalStore(onHovered, () => hovered?.id === id);
