// The page's filter: its hash lives in the address, its meaning is the server's answer to that hash. A
// change posts the new filter, keeps the answer, and puts the new hash into the address.
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, answerOf, api } from '../api/client';
import { filterQuery, queryClient } from '../api/queries';
import type { AreaGeometry, StoredFilter } from '../api/types';
import type { MapSearch } from '../url/mapSearch';
import { showToast } from '../ui/toast';
import { fromCql2, toCql2 } from './cql2';
import { type Definition, NO_FILTER, isEmpty } from './model';

export type Shape = 'rectangle' | 'lasso' | 'polygon' | 'radius' | 'area';
const SHAPES: Shape[] = ['rectangle', 'lasso', 'polygon', 'radius'];

export type FilterState = {
  hash: string | null;
  definition: Definition;
  /** Hash of the drawn area alone. */
  areaHash: string | null;
  shape: Shape;
  /** The filter of the address is not known yet. */
  loading: boolean;
  pending: boolean;
  error: unknown;
  /** `beside` are other parts of the address that change in the same step of the history; `replace` makes none. */
  apply: (next: Definition, shape?: Shape, beside?: MapSearch, replace?: boolean) => void;
  clear: () => void;
};

async function store(definition: Definition): Promise<StoredFilter> {
  const stored = (await answerOf(
    api.POST('/api/v1/filters', {
      body: {
        cube: 'accounts',
        filter: toCql2(definition.conditions),
        geometry: definition.geometry ?? undefined,
      },
    }),
  )) as StoredFilter;
  // The answer may leave out what was sent with it.
  const whole = { ...stored, geometry: stored.geometry ?? definition.geometry };
  queryClient.setQueryData(filterQuery(stored.hash).queryKey, whole);
  return whole;
}

const areaHashOf = async (geometry: AreaGeometry): Promise<string> =>
  (await store({ conditions: [], geometry })).hash;

export function useFilter(): FilterState {
  const { t } = useTranslation();
  const search = useSearch({ from: '/map' });
  const navigate = useNavigate({ from: '/map' });
  const hash = search.f ?? null;

  const stored = useQuery({
    ...filterQuery(hash ?? ''),
    enabled: hash !== null,
    placeholderData: keepPreviousData,
  });
  const data = hash === null ? undefined : stored.data;
  const definition = useMemo<Definition>(
    () => (data ? { conditions: fromCql2(data.cql2), geometry: data.geometry ?? null } : NO_FILTER),
    [data],
  );

  const alone = definition.conditions.length === 0 && definition.geometry !== null;
  const area = useQuery({
    queryKey: ['area-hash', definition.geometry],
    queryFn: () => areaHashOf(definition.geometry as AreaGeometry),
    enabled: definition.geometry !== null && !alone,
    staleTime: Number.POSITIVE_INFINITY,
  });

  const change = useMutation({
    mutationFn: async ({ next, shape, beside, replace }: { next: Definition; shape?: Shape; beside?: MapSearch; replace?: boolean }) => ({
      shape,
      beside,
      replace,
      next,
      hash: isEmpty(next) ? undefined : (await store(next)).hash,
    }),
    onSuccess: (made) =>
      navigate({
        replace: made.replace,
        search: (before) => ({
          ...before,
          ...made.beside,
          f: made.hash,
          area: made.next.geometry ? (made.shape ?? before.area) : undefined,
          scope: made.hash ? before.scope : undefined,
        }),
      }),
    onError: (error) => showToast({ text: error.message || t('states.problem'), tone: 'bad' }),
  });

  const unknown = stored.error instanceof ApiProblem && [400, 404].includes(stored.error.status);
  useEffect(() => {
    if (!unknown) return;
    showToast({ text: t('filters.lost'), tone: 'bad', key: 'filter-lost' });
    void navigate({ search: (before) => ({ ...before, f: undefined, area: undefined }), replace: true });
  }, [unknown, navigate, t]);

  const { mutate } = change;
  const apply = useCallback(
    (next: Definition, shape?: Shape, beside?: MapSearch, replace?: boolean) =>
      mutate({ next, shape, beside, replace }),
    [mutate],
  );
  const clear = useCallback(() => mutate({ next: NO_FILTER }), [mutate]);
  const areaHash = alone ? hash : (area.data ?? null);

  return {
    hash,
    definition,
    areaHash,
    shape: SHAPES.find((shape) => shape === search.area) ?? 'area',
    loading:
      (hash !== null && !data) || (definition.geometry !== null && areaHash === null),
    pending: change.isPending,
    error: change.error,
    apply,
    clear,
  };
}
