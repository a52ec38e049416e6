// Light or dark: the system's preference until the user chooses, then the choice. The attribute on <html>
// is the one place it is kept; the map and Mantine read it from here.
import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';
const STORED = 'geocrm.theme';
const listeners = new Set<() => void>();

const current = (): Theme => (document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light');

function show(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  document.documentElement.dataset['mantineColorScheme'] = theme;
  for (const listener of listeners) listener();
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(STORED, theme);
  show(theme);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => {
  if (!localStorage.getItem(STORED)) show(event.matches ? 'dark' : 'light');
});

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
}
