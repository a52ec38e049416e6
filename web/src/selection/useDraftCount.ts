// How many records the shape being drawn holds, asked again with every change of it, as fast as answers come.
import { useEffect, useMemo, useState } from 'react';
import { askCube } from '../api/queries';
import type { AreaGeometry, CubeQuery } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { whereOf } from '../filters/where';
import { newestFirst } from './newestFirst';

export function useDraftCount(draft: AreaGeometry): number | null {
  const { selection } = useWorkbench();
  const [count, setCount] = useState<number | null>(null);
  const ask = useMemo(
    () =>
      newestFirst(
        (query: CubeQuery) => askCube('accounts', query),
        (answer) => setCount(answer.rows[0]?.values[0] ?? 0),
      ),
    [],
  );
  const conditions = JSON.stringify(whereOf(selection, { withoutArea: true }));

  useEffect(() => {
    ask({ ...(JSON.parse(conditions) as object), measures: ['count'], geometry: draft });
  }, [ask, draft, conditions]);
  useEffect(() => () => ask(null), [ask]);

  return count;
}
