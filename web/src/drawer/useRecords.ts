// The rows of the table, page by page, and their total: the same question as the figures ask.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { answerOf, api } from '../api/client';
import type { AccountsPage, Order } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { whereOf } from '../filters/where';

const PAGE_ROWS = 100;

export function useRecords(order: Order, enabled: boolean) {
  const { selection, parts, filter, scope, viewport } = useWorkbench();
  const where = whereOf(selection, parts);
  const pages = useInfiniteQuery({
    queryKey: ['records', 'accounts', where, order],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.POST('/api/v1/cubes/{cube}/records', {
          params: { path: { cube: 'accounts' } },
          body: { ...where, order: [order], limit: PAGE_ROWS, after: pageParam ?? undefined },
          signal,
        }),
      ) as Promise<AccountsPage>,
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    enabled: enabled && !filter.loading && (scope !== 'view' || viewport !== null),
  });
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.rows) ?? [], [pages.data]);
  return { ...pages, rows, total: pages.data?.pages[0]?.total ?? null };
}
