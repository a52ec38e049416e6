// What changed since the page was opened. The server's events (or, when they fail, a look at the data
// version every few seconds) and the user's own edits end here: they mark answers stale and give record
// tiles a new version, so that map, figures and table follow.
import { useSyncExternalStore } from 'react';
import { answerOf, api } from './client';
import { queryClient, sessionQuery } from './queries';

const POLL_MS = 5000;
const RECORD_KEYS = ['cube', 'records', 'surroundings', 'search'];

let edits = 0;
let serverVersion = '';
const listeners = new Set<() => void>();

/** Version of the record tiles; a new one makes the map fetch them again. */
const recordsVersion = (): string => (edits === 0 ? serverVersion : `${serverVersion}-${edits}`);

function publish(): void {
  for (const listener of listeners) listener();
}

/** Everything that is made of accounts is asked again. */
export function accountsChanged(): void {
  edits += 1;
  publish();
  for (const key of RECORD_KEYS) void queryClient.invalidateQueries({ queryKey: [key] });
}

function changed(version: string, kinds: string[]): void {
  const known = serverVersion;
  if (version === known) return;
  serverVersion = version;
  if (known === '') return publish();
  if (kinds.length === 0 || kinds.includes('accounts')) {
    publish();
    for (const key of [...RECORD_KEYS, 'account']) {
      void queryClient.invalidateQueries({ queryKey: [key] });
    }
  }
  if (kinds.some((kind) => kind !== 'accounts')) {
    for (const key of ['catalogue', 'cube', 'region', 'regions', 'object']) {
      void queryClient.invalidateQueries({ queryKey: [key] });
    }
  }
}

async function look(): Promise<void> {
  const session = await answerOf(api.GET('/api/v1/session')).catch(() => null);
  if (session) changed(session.data_version, ['accounts']);
}

/** Follows the server until the returned function is called. */
export function followServer(): () => void {
  const start = queryClient.getQueryData(sessionQuery.queryKey)?.data_version;
  if (start && serverVersion === '') changed(start, []);
  let poll: ReturnType<typeof setInterval> | undefined;
  const events = new EventSource('/api/v1/events');
  events.addEventListener('changed', (event: MessageEvent<string>) => {
    const data = JSON.parse(event.data) as { data_version: string; kinds?: string[] };
    changed(String(data.data_version), data.kinds ?? []);
  });
  events.addEventListener('open', () => {
    clearInterval(poll);
    poll = undefined;
  });
  events.addEventListener('error', () => {
    poll ??= setInterval(() => void look(), POLL_MS);
  });
  return () => {
    events.close();
    clearInterval(poll);
  };
}

export function useRecordsVersion(): string {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, recordsVersion);
}
