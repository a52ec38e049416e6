// Short messages at the foot of the page. A module-level list, because a message may come from outside any
// component (an event, a failed tile).
import { useSyncExternalStore } from 'react';

export type Toast = {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  action?: { label: string; run: () => void };
};

/** Messages of one key replace each other. */
type Wanted = Omit<Toast, 'id'> & { key?: string };

const SHOWN_MS = 6000;
/** Whoever undoes by keyboard needs longer to get there. */
const WITH_ACTION_MS = 20_000;
let toasts: (Toast & { key?: string })[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: typeof toasts): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function dismissToast(id: number): void {
  publish(toasts.filter((toast) => toast.id !== id));
}

export function showToast(wanted: Wanted): void {
  const id = nextId++;
  const others = toasts.filter((toast) => !wanted.key || toast.key !== wanted.key);
  publish([...others.slice(-2), { ...wanted, id }]);
  setTimeout(() => dismissToast(id), wanted.action ? WITH_ACTION_MS : SHOWN_MS);
}

export function useToasts(): Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
}
