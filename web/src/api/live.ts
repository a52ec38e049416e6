// What changed since the page was opened. The server's events end here (or, when they fail, a look at the
// data version every few seconds): they mark answers stale, and tell the map which quads to fetch again. What
// arrives together is handled together, so that one import does not ask for the same figures ten times.
import { useSyncExternalStore } from 'react';
import { answerOf, api } from './client';
import { queryClient, sessionQuery } from './queries';

/** A square of the map, as tiles are numbered. */
export type Quad = { z: number; x: number; y: number };

/** An event of the server; without `quads` anything may have changed anywhere. */
type Change = { data_version: string; kinds?: string[]; quads?: string[] };

const POLL_MS = 5000;
/** Changes so close together are one. */
const TOGETHER_MS = 80;
/** An own edit is followed by an event; when none has come by then, all is asked again. */
const OWN_EVENT_MS = 1000;

let seenVersion = '';
/** Version in the address of record tiles: a new one makes the map fetch all of them again. */
let tilesVersion = '';
let edits = 0;
let waiting: { kinds: Set<string>; quads: Map<string, Quad> | null } | null = null;
let ownEdit: ReturnType<typeof setTimeout> | undefined;
let listening = false;
const versionListeners = new Set<() => void>();
const quadListeners = new Set<(quads: Quad[]) => void>();

export function readQuad(text: string): Quad | null {
  const [z, x, y] = text.split('/').map(Number);
  return z !== undefined && x !== undefined && y !== undefined && [z, x, y].every(Number.isInteger) ? { z, x, y } : null;
}

function invalidate(keys: string[][]): void {
  for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey });
}

function reloadTiles(): void {
  tilesVersion = edits === 0 ? seenVersion : `${seenVersion}-${edits}`;
  for (const listener of versionListeners) listener();
}

function handle(): void {
  if (!waiting) return;
  const { kinds, quads } = waiting;
  waiting = null;
  if (kinds.has('accounts')) {
    if (quads) for (const listener of quadListeners) listener([...quads.values()]);
    else reloadTiles();
    invalidate([['cube', 'accounts'], ['records'], ['surroundings'], ['search'], ['account']]);
  }
  const others = [...kinds].filter((kind) => kind !== 'accounts');
  if (others.length > 0) {
    invalidate([...others.map((kind) => ['cube', kind]), ['catalogue'], ['region'], ['regions'], ['object']]);
  }
}

/** Without quads: everywhere. */
function note(kinds: string[], quads: string[] | undefined): void {
  const first = waiting === null;
  waiting ??= { kinds: new Set(), quads: new Map() };
  for (const kind of kinds) waiting.kinds.add(kind);
  if (!quads) waiting.quads = null;
  for (const text of quads ?? []) {
    const quad = readQuad(text);
    if (quad) waiting.quads?.set(text, quad);
    else waiting.quads = null;
  }
  if (first) setTimeout(handle, TOGETHER_MS);
}

function changed({ data_version: version, kinds, quads }: Change): void {
  clearTimeout(ownEdit);
  // The same data may be seen otherwise: the scope is another, or shapes were read.
  if (version === seenVersion && !kinds?.length) return;
  seenVersion = version;
  // A server that names no kinds leaves open what it was.
  note(kinds?.length ? kinds : ['accounts'], quads);
}

/** An edit of this page was saved. The server's event says what it touched; failing that, all is asked again. */
export function accountsChanged(): void {
  clearTimeout(ownEdit);
  const everything = () => {
    edits += 1;
    note(['accounts'], undefined);
  };
  if (listening) ownEdit = setTimeout(everything, OWN_EVENT_MS);
  else everything();
}

async function look(): Promise<void> {
  const session = await answerOf(api.GET('/api/v1/session')).catch(() => null);
  if (session) changed({ data_version: session.data_version });
}

/** Follows the server until the returned function is called. */
export function followServer(): () => void {
  if (seenVersion === '') {
    seenVersion = queryClient.getQueryData(sessionQuery.queryKey)?.data_version ?? '';
    reloadTiles();
  }
  let poll: ReturnType<typeof setInterval> | undefined;
  const events = new EventSource('/api/v1/events');
  // The first word of every connection: what happened while there was none is not told again.
  events.addEventListener('hello', ({ data }: MessageEvent<string>) => {
    listening = true;
    clearInterval(poll);
    poll = undefined;
    if (data !== seenVersion) changed({ data_version: data });
  });
  events.addEventListener('changed', ({ data }: MessageEvent<string>) => changed(JSON.parse(data) as Change));
  events.addEventListener('error', () => {
    listening = false;
    poll ??= setInterval(() => void look(), POLL_MS);
  });
  return () => {
    listening = false;
    events.close();
    clearInterval(poll);
  };
}

/** Calls back with the quads in which records changed, until the returned function is called. */
export function onChangedQuads(listener: (quads: Quad[]) => void): () => void {
  quadListeners.add(listener);
  return () => quadListeners.delete(listener);
}

export function useRecordsVersion(): string {
  return useSyncExternalStore(
    (listener) => {
      versionListeners.add(listener);
      return () => versionListeners.delete(listener);
    },
    () => tilesVersion,
  );
}
