// What the page asks the server, as TanStack Query options: one key per question, so that an event or an
// edit can name what became stale.
import { QueryClient, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ApiProblem, answerOf, api } from './client';
import type {
  Account,
  BatchAnswer,
  Catalogue,
  CubeAnswer,
  CubeName,
  CubeQuery,
  HistoryEntry,
  MapObject,
  PivotAnswer,
  PivotQuery,
  RegionDetail,
  SearchAnswer,
  Session,
  StoredFilter,
  Surroundings,
} from './types';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, error) =>
        count < 2 && error instanceof ApiProblem && (error.status === 0 || error.status >= 502),
    },
  },
});

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/session', { signal })) as Promise<Session>,
  staleTime: Number.POSITIVE_INFINITY,
});

export const catalogueQuery = queryOptions({
  queryKey: ['catalogue'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/catalogue', { signal })) as Promise<Catalogue>,
  staleTime: 5 * 60_000,
});

export const filterQuery = (hash: string) =>
  queryOptions({
    queryKey: ['filter', hash],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/filters/{hash}', { params: { path: { hash } }, signal })) as Promise<StoredFilter>,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Several questions to one cube, answered from one snapshot so that the figures agree. */
export const batchQuery = (cube: CubeName, queries: CubeQuery[]) =>
  queryOptions({
    queryKey: ['cube', cube, 'batch', queries],
    queryFn: ({ signal }) =>
      answerOf(
        api.POST('/api/v1/cubes/{cube}/batch', { params: { path: { cube } }, body: { queries }, signal }),
      ) as Promise<BatchAnswer>,
    placeholderData: keepPreviousData,
  });

export const askCube = (cube: CubeName, query: CubeQuery, signal?: AbortSignal) =>
  answerOf(
    api.POST('/api/v1/cubes/{cube}/query', { params: { path: { cube } }, body: query, signal }),
  ) as Promise<CubeAnswer>;

export const cubeQuery = (cube: CubeName, query: CubeQuery) =>
  queryOptions({
    queryKey: ['cube', cube, 'query', query],
    queryFn: ({ signal }) => askCube(cube, query, signal),
    placeholderData: keepPreviousData,
  });

export const pivotQuery = (cube: CubeName, query: PivotQuery) =>
  queryOptions({
    queryKey: ['cube', cube, 'pivot', query],
    queryFn: ({ signal }) =>
      answerOf(
        api.POST('/api/v1/cubes/{cube}/pivot', { params: { path: { cube } }, body: query, signal }),
      ) as Promise<PivotAnswer>,
  });

export const accountQuery = (id: string) =>
  queryOptions({
    queryKey: ['account', id],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/accounts/{id}', { params: { path: { id } }, signal })) as Promise<Account>,
  });

export const historyQuery = (id: string) =>
  queryOptions({
    queryKey: ['account', id, 'history'],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/accounts/{id}/history', { params: { path: { id } }, signal })) as Promise<{
        entries: HistoryEntry[];
      }>,
  });

export const regionQuery = (level: string, code: string) =>
  queryOptions({
    queryKey: ['region', level, code],
    // Not abortable: drilling waits for it while panels that also ask for it come and go.
    queryFn: () =>
      answerOf(
        api.GET('/api/v1/regions/{level}/{code}', { params: { path: { level, code } } }),
      ) as Promise<RegionDetail>,
    staleTime: 10 * 60_000,
  });

export const regionsQuery = (level: string, parentCode?: string) =>
  queryOptions({
    queryKey: ['regions', level, parentCode ?? null],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/api/v1/regions/{level}', {
          params: { path: { level }, query: { parent_code: parentCode } },
          signal,
        }),
      ),
    staleTime: 10 * 60_000,
  });

export const surroundingsQuery = (lng: number, lat: number, radiusM: number) =>
  queryOptions({
    queryKey: ['surroundings', lng, lat, radiusM],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/api/v1/surroundings', { params: { query: { lng, lat, radius_m: radiusM } }, signal }),
      ) as Promise<Surroundings>,
    placeholderData: keepPreviousData,
  });

export const objectQuery = (kind: 'buildings' | 'roads' | 'addresses', id: string) =>
  queryOptions({
    queryKey: ['object', kind, id],
    queryFn: ({ signal }) =>
      answerOf(api.GET(`/api/v1/${kind}/{id}`, { params: { path: { id } }, signal })) as Promise<MapObject>,
    staleTime: 10 * 60_000,
  });

export const findQuery = (text: string) =>
  queryOptions({
    queryKey: ['search', text],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/search', { params: { query: { q: text } }, signal })) as Promise<SearchAnswer>,
    placeholderData: keepPreviousData,
    enabled: text.length >= 2,
  });
