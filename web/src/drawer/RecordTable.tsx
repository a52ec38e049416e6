// The rows themselves, drawn only where they are seen. Hovering a row rings its point on the map and the
// other way round; a click opens the record.
import type { ReactTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { Account, Order } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { setHovered, useIsHovered } from '../map/hover';
import { Skeleton } from '../ui/Skeleton';
import { DESCENDING_FIRST, type features } from './columns';

const FROM_END = 20;

type Table = ReactTable<typeof features, Account>;
type TableRow = ReturnType<Table['getRowModel']>['rows'][number];

function Row({ table, row, top, heightPx, template, index }: { table: Table; row: TableRow; top: number; heightPx: number; template: string; index: number }) {
  const { choose, chosen } = useWorkbench();
  const account = row.original;
  const hovered = useIsHovered(account.id);
  const active = chosen?.kind === 'account' && chosen.id === account.id;
  const open = () => choose({ kind: 'account', id: account.id });
  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const { currentTarget } = event;
    if (event.key === 'Enter' || event.key === ' ') open();
    else if (event.key === 'ArrowDown') (currentTarget.nextElementSibling as HTMLElement | null)?.focus();
    else if (event.key === 'ArrowUp') (currentTarget.previousElementSibling as HTMLElement | null)?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={active}
      tabIndex={0}
      className={`table-row${hovered ? ' hovered' : ''}${active ? ' active' : ''}`}
      style={{ transform: `translateY(${top}px)`, height: heightPx, gridTemplateColumns: template }}
      data-testid="table-row"
      data-id={account.id}
      onMouseEnter={() => setHovered({ id: account.id, place: account.place })}
      onMouseLeave={() => setHovered(null)}
      onFocus={() => setHovered({ id: account.id, place: account.place })}
      onBlur={() => setHovered(null)}
      onClick={open}
      onKeyDown={onKey}
    >
      {row.getVisibleCells().map((cell) => (
        <div key={cell.id} role="cell" className={cell.column.columnDef.meta?.right ? 'cell num' : 'cell'}>
          <table.FlexRender cell={cell} />
        </div>
      ))}
    </div>
  );
}

type Props = {
  table: Table;
  order: Order;
  onOrder: (order: Order) => void;
  stale: boolean;
  loading: boolean;
  rowPx: number;
  onEnd: () => void;
};

export function RecordTable({ table, order, onOrder, stale, loading, rowPx, onEnd }: Props) {
  const { t } = useLocale();
  const scroller = useRef<HTMLDivElement>(null);
  const { rows } = table.getRowModel();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - FROM_END) onEnd();
  }, [last, rows.length, onEnd]);

  const columns = table.getVisibleLeafColumns();
  const template = columns.map((c) => `minmax(${Math.min(96, c.columnDef.meta?.widthPx ?? 96)}px, ${c.columnDef.meta?.widthPx ?? 120}fr)`).join(' ');
  const sortBy = (name: string) =>
    onOrder({ by: name, descending: order.by === name ? !order.descending : DESCENDING_FIRST.has(name) });

  if (loading) return <Skeleton />;
  if (rows.length === 0) return <p className="pad muted">{t('drawer.empty')}</p>;
  return (
    <div ref={scroller} className={stale ? 'table-scroll stale' : 'table-scroll'} tabIndex={-1}>
      <div role="table" aria-label={t('drawer.label')} aria-rowcount={rows.length + 1} className="table" style={{ minWidth: columns.length * 92 }}>
        <div role="row" className="table-row table-head" style={{ gridTemplateColumns: template }}>
          {table.getHeaderGroups()[0]?.headers.map((header) => {
            const { meta } = header.column.columnDef;
            const name = meta?.sort;
            const sorted = name === order.by;
            const arrow = sorted ? order.descending ? <IconArrowDown size={12} /> : <IconArrowUp size={12} /> : null;
            return (
              <div
                key={header.id}
                role="columnheader"
                aria-sort={sorted ? (order.descending ? 'descending' : 'ascending') : undefined}
                className={meta?.right ? 'cell num' : 'cell'}
              >
                {name ? (
                  <button type="button" className="sort" data-testid={`sort-${header.id}`} onClick={() => sortBy(name)}>
                    <table.FlexRender header={header} />
                    {arrow}
                  </button>
                ) : (
                  <table.FlexRender header={header} />
                )}
              </div>
            );
          })}
        </div>
        <div role="rowgroup" className="table-body" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            return row ? <Row key={row.id} table={table} row={row} top={item.start} heightPx={rowPx} template={template} index={item.index} /> : null;
          })}
        </div>
      </div>
    </div>
  );
}
