// How many records the shape being drawn holds, asked a few times a second while it grows. Only the newest
// question counts; an older answer must not overwrite it.
import { useEffect, useRef, useState } from 'react';
import { askCube } from '../api/queries';
import type { AreaGeometry } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { whereOf } from '../filters/where';

const EVERY_MS = 120;

export function useDraftCount(draft: AreaGeometry | null): number | null {
  const { selection } = useWorkbench();
  const [count, setCount] = useState<number | null>(null);
  const lastAsked = useRef(0);
  const where = whereOf(selection, { withoutArea: true });
  const conditions = JSON.stringify(where);

  useEffect(() => {
    if (!draft) return undefined;
    const abort = new AbortController();
    const wait = Math.max(0, EVERY_MS - (Date.now() - lastAsked.current));
    const timer = setTimeout(() => {
      lastAsked.current = Date.now();
      const body = { ...(JSON.parse(conditions) as object), measures: ['count'], geometry: draft };
      askCube('accounts', body, abort.signal)
        .then((answer) => setCount(answer.rows[0]?.values[0] ?? 0))
        .catch(() => null);
    }, wait);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [draft, conditions]);

  return draft ? count : null;
}
