// The table under the map: collapsed it says how many, open it lists them, full it takes the map's place.
import { Menu } from '@mantine/core';
import { IconArrowsDiagonal, IconArrowsDiagonalMinimize2, IconChevronDown, IconChevronUp, IconColumns3 } from '@tabler/icons-react';
import { useTable } from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import type { Order } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { ProblemCard } from '../ui/ProblemCard';
import { useFigures } from '../widgets/useFigures';
import { RecordTable } from './RecordTable';
import { type ColumnId, SHOWN, columnsFor, features } from './columns';
import { useRecords } from './useRecords';

export type DrawerSize = 'closed' | 'half' | 'full';
const STORED = 'geocrm.columns';
const ROW_PX = 30;
/** Large enough for a thumb. */
const PHONE_ROW_PX = 44;
const START: Order = { by: 'revenue_cents', descending: true };

function storedColumns(): ColumnId[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(STORED) ?? 'null');
    return Array.isArray(list) ? (list as ColumnId[]) : SHOWN;
  } catch {
    return SHOWN;
  }
}

type Props = { size: DrawerSize; onSize: (size: DrawerSize) => void; phone?: boolean };

export function Drawer({ size, onSize, phone }: Props) {
  const { scope, hasArea } = useWorkbench();
  const words = useLocale();
  const { t, format } = words;
  const [order, setOrder] = useState<Order>(START);
  const [shown, setShown] = useState<ColumnId[]>(storedColumns);
  const open = size !== 'closed' || phone === true;
  const records = useRecords(order, open);
  const { figures } = useFigures();
  const columns = useMemo(() => columnsFor(words), [words]);
  const columnVisibility = useMemo(
    () => Object.fromEntries(columns.map((c) => [c.id ?? '', shown.includes(c.id as ColumnId)])),
    [columns, shown],
  );
  const table = useTable({
    features,
    data: records.rows,
    columns,
    getRowId: (account) => account.id,
    state: { columnVisibility },
  });
  const total = open ? (records.total ?? figures?.totals.count ?? null) : (figures?.totals.count ?? null);
  const toggle = (id: ColumnId) => {
    const next = shown.includes(id) ? shown.filter((other) => other !== id) : [...shown, id];
    if (next.length === 0) return;
    setShown(next);
    localStorage.setItem(STORED, JSON.stringify(next));
  };
  const openLabel = open ? t('drawer.collapse') : t('drawer.open');
  const where = scope === 'selection' && hasArea ? t('drawer.selected') : scope === 'view' ? t('drawer.inView') : '';

  return (
    <section className={`drawer ${size}`} aria-label={t('drawer.label')} data-testid="drawer">
      <header className="drawer-head">
        {!phone && (
          <button type="button" className="ib" aria-label={openLabel} title={openLabel} aria-expanded={open} data-testid="drawer-toggle" onClick={() => onSize(open ? 'closed' : 'half')}>
            {open ? <IconChevronDown size={16} /> : <IconChevronUp size={16} />}
          </button>
        )}
        <h2 className="drawer-title">
          <span data-testid="table-count" data-count={total ?? ''}>
            {total === null ? '…' : t('drawer.accounts', { count: total, formatted: format.count(total) })}
          </span>{' '}
          <span className="muted small">{where}</span>
        </h2>
        <span className="grow" />
        {open && (
          <Menu position="top-end" shadow="none" closeOnItemClick={false} withinPortal withInitialFocusPlaceholder={false}>
            <Menu.Target>
              <button type="button" className="btn ghost tight" data-testid="columns-button">
                <IconColumns3 size={16} />
                {t('drawer.columns')}
              </button>
            </Menu.Target>
            <Menu.Dropdown className="menu">
              {columns.map((column) => {
                const id = column.id as ColumnId;
                return (
                  <Menu.Item key={id} role="menuitemcheckbox" aria-checked={shown.includes(id)} onClick={() => toggle(id)} className="menu-row">
                    <span className="check" aria-hidden>{shown.includes(id) ? '✓' : ''}</span>
                    {t(`drawer.col.${id}`)}
                  </Menu.Item>
                );
              })}
            </Menu.Dropdown>
          </Menu>
        )}
        {!phone && open && (
          <button
            type="button"
            className="ib"
            aria-label={size === 'full' ? t('drawer.half') : t('drawer.full')}
            title={size === 'full' ? t('drawer.half') : t('drawer.full')}
            data-testid="drawer-full"
            onClick={() => onSize(size === 'full' ? 'half' : 'full')}
          >
            {size === 'full' ? <IconArrowsDiagonalMinimize2 size={16} /> : <IconArrowsDiagonal size={16} />}
          </button>
        )}
        {!phone && !open && <kbd>T</kbd>}
      </header>
      {open && records.error && (
        <div className="pad">
          <ProblemCard error={records.error} onRetry={() => void records.refetch()} />
        </div>
      )}
      {open && !(records.error && records.rows.length === 0) && (
        <RecordTable
          table={table}
          order={order}
          onOrder={setOrder}
          stale={records.isPlaceholderData}
          loading={records.isPending}
          rowPx={phone ? PHONE_ROW_PX : ROW_PX}
          onEnd={() => {
            if (records.hasNextPage && !records.isFetchingNextPage) void records.fetchNextPage();
          }}
        />
      )}
    </section>
  );
}
