// The figures of the page, from one batch. Several components call this; TanStack Query makes it one
// request.
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { batchQuery } from '../api/queries';
import { useWorkbench } from '../app/workbench';
import { childOf } from '../layers/defaults';
import { type Asked, type Figures, fits, questions, readFigures } from './questions';

export type FiguresState = {
  figures: Figures | null;
  /** Level of the regions listed. */
  regionLevel: string | null;
  fetching: boolean;
  error: unknown;
  retry: () => void;
};

export function useFigures(): FiguresState {
  const { catalogue, selection, parts, filter, scope, viewport, layers } = useWorkbench();
  const { region } = selection;
  const finest = [...catalogue.region_levels]
    .filter((level) => level.hierarchy === 'admin')
    .sort((a, b) => b.depth - a.depth)[0];
  const shown = layers.fill?.kind === 'regions' ? layers.fill.level : finest?.level;
  const regionLevel = region ? (childOf(catalogue, region.level) ?? region.level) : (shown ?? null);
  const asked = useMemo<Asked>(
    () => ({ selection, parts, regionLevel }),
    [selection, parts, regionLevel],
  );
  const answer = useQuery({
    ...batchQuery('accounts', questions(asked)),
    enabled: !filter.loading && (scope !== 'view' || viewport !== null),
  });
  const figures = useMemo(
    () => (answer.data && fits(asked, answer.data) ? readFigures(asked, answer.data) : null),
    [answer.data, asked],
  );
  // A new question may not fit the last answer; its figures stay, faded, until the answer is there.
  const [last, setLast] = useState<Figures | null>(null);
  if (figures && figures !== last) setLast(figures);
  return {
    figures: figures ?? last,
    regionLevel,
    fetching: answer.isFetching,
    error: answer.error,
    retry: () => void answer.refetch(),
  };
}
