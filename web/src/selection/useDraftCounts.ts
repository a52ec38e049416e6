// How many records and addresses the shape being drawn holds, asked again with every change of it, as fast as
// answers come.
import { useEffect, useMemo, useState } from 'react';
import { askCube } from '../api/queries';
import type { AreaGeometry, CubeName, CubeQuery, Where } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { whereOf } from '../filters/where';
import { newestFirst } from './newestFirst';

function useNewestCount(cube: CubeName, draft: AreaGeometry, conditions: Where): number | null {
  const [count, setCount] = useState<number | null>(null);
  const ask = useMemo(
    () =>
      newestFirst(
        (query: CubeQuery) => askCube(cube, query),
        (answer) => setCount(answer.rows[0]?.values[0] ?? 0),
      ),
    [cube],
  );
  const asked = JSON.stringify(conditions);
  useEffect(() => {
    ask({ ...(JSON.parse(asked) as Where), measures: ['count'], geometry: draft });
  }, [ask, draft, asked]);
  useEffect(() => () => ask(null), [ask]);
  return count;
}

/** Conditions are on records; every address of the shape counts. */
export function useDraftCounts(draft: AreaGeometry): { accounts: number | null; addresses: number | null } {
  const { selection } = useWorkbench();
  return {
    accounts: useNewestCount('accounts', draft, whereOf(selection, { withoutArea: true })),
    addresses: useNewestCount('addresses', draft, {}),
  };
}
