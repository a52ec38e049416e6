// What the page asks the server, as TanStack Query options: one key per question, so that an event or an
// edit can name what became stale.
import { QueryClient, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ApiProblem, get, post, search } from './client';
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
  Region,
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
  queryFn: ({ signal }) => get<Session>('/api/v1/session', signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const catalogueQuery = queryOptions({
  queryKey: ['catalogue'],
  queryFn: ({ signal }) => get<Catalogue>('/api/v1/catalogue', signal),
  staleTime: 5 * 60_000,
});

export const filterQuery = (hash: string) =>
  queryOptions({
    queryKey: ['filter', hash],
    queryFn: ({ signal }) => get<StoredFilter>(`/api/v1/filters/${encodeURIComponent(hash)}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Several questions to one cube, answered from one snapshot so that the figures agree. */
export const batchQuery = (cube: CubeName, queries: CubeQuery[]) =>
  queryOptions({
    queryKey: ['cube', cube, 'batch', queries],
    queryFn: ({ signal }) =>
      post<BatchAnswer>(`/api/v1/cubes/${cube}/batch`, { queries }, signal),
    placeholderData: keepPreviousData,
  });

export const cubeQuery = (cube: CubeName, query: CubeQuery) =>
  queryOptions({
    queryKey: ['cube', cube, 'query', query],
    queryFn: ({ signal }) => post<CubeAnswer>(`/api/v1/cubes/${cube}/query`, query, signal),
    placeholderData: keepPreviousData,
  });

export const pivotQuery = (cube: CubeName, query: PivotQuery) =>
  queryOptions({
    queryKey: ['cube', cube, 'pivot', query],
    queryFn: ({ signal }) => post<PivotAnswer>(`/api/v1/cubes/${cube}/pivot`, query, signal),
  });

export const accountQuery = (id: string) =>
  queryOptions({
    queryKey: ['account', id],
    queryFn: ({ signal }) => get<Account>(`/api/v1/accounts/${encodeURIComponent(id)}`, signal),
  });

export const historyQuery = (id: string) =>
  queryOptions({
    queryKey: ['account', id, 'history'],
    queryFn: ({ signal }) =>
      get<{ entries: HistoryEntry[] }>(`/api/v1/accounts/${encodeURIComponent(id)}/history`, signal),
  });

export const regionQuery = (level: string, code: string) =>
  queryOptions({
    queryKey: ['region', level, code],
    // Not abortable: drilling waits for it while panels that also ask for it come and go.
    queryFn: () =>
      get<RegionDetail>(`/api/v1/regions/${encodeURIComponent(level)}/${encodeURIComponent(code)}`),
    staleTime: 10 * 60_000,
  });

export const regionsQuery = (level: string, parentCode?: string) =>
  queryOptions({
    queryKey: ['regions', level, parentCode ?? null],
    queryFn: ({ signal }) =>
      get<{ regions: Region[] }>(
        `/api/v1/regions/${encodeURIComponent(level)}${search({ parent_code: parentCode })}`,
        signal,
      ),
    staleTime: 10 * 60_000,
  });

export const surroundingsQuery = (lng: number, lat: number, radiusM: number) =>
  queryOptions({
    queryKey: ['surroundings', lng, lat, radiusM],
    queryFn: ({ signal }) =>
      get<Surroundings>(`/api/v1/surroundings${search({ lng, lat, radius_m: radiusM })}`, signal),
    placeholderData: keepPreviousData,
  });

export const objectQuery = (kind: 'buildings' | 'roads' | 'addresses', id: string) =>
  queryOptions({
    queryKey: ['object', kind, id],
    queryFn: ({ signal }) => get<MapObject>(`/api/v1/${kind}/${encodeURIComponent(id)}`, signal),
    staleTime: 10 * 60_000,
  });

export const findQuery = (text: string) =>
  queryOptions({
    queryKey: ['search', text],
    queryFn: ({ signal }) => get<SearchAnswer>(`/api/v1/search${search({ q: text })}`, signal),
    placeholderData: keepPreviousData,
    enabled: text.length >= 2,
  });
