// The columns of the accounts table: what they show, how wide they are, and by which name the server sorts
// them. A column without such a name cannot be sorted.
import { createColumnHelper, tableFeatures, columnVisibilityFeature } from '@tanstack/react-table';
import type { Account } from '../api/types';
import type { Words } from '../i18n/useLocale';

export type ColumnId =
  | 'name' | 'status' | 'address' | 'category' | 'revenue_cents' | 'last_contact_on' | 'customer_since_on'
  | 'territory' | 'owner' | 'place_state' | 'city' | 'postcode' | 'kind' | 'neighbourhood' | 'updated_at';

type Meta = { widthPx: number; right?: boolean; sort?: string };

export const features = tableFeatures({ columnVisibilityFeature, columnMeta: {} as Meta });
const helper = createColumnHelper<typeof features, Account>();

/** Shown until the user chooses. */
export const SHOWN: ColumnId[] = ['name', 'status', 'address', 'category', 'revenue_cents', 'last_contact_on'];
/** Sorts first from high to low. */
export const DESCENDING_FIRST = new Set(['revenue_cents', 'last_contact_on', 'customer_since_on', 'updated_at']);

const DASH = '–';

export function columnsFor({ t, format, code }: Words) {
  const column = (id: ColumnId, meta: Meta, cell: (account: Account) => React.ReactNode) =>
    helper.display({
      id,
      header: t(`drawer.col.${id}`),
      meta,
      cell: ({ row }) => cell(row.original),
    });
  const day = (value: string | null) => (value ? format.date(value) : DASH);
  return [
    column('name', { widthPx: 176, sort: 'name' }, (a) => <span className="strong">{a.name}</span>),
    column('status', { widthPx: 108, sort: 'status' }, (a) => (
      <span className="status-cell">
        <i className={`dot ${a.status}`} />
        {code('status', a.status)}
      </span>
    )),
    column('address', { widthPx: 196 }, (a) => {
      const street = [a.address.street, a.address.house_number].filter(Boolean).join(' ');
      return (
        <>
          {street || DASH}
          {a.address.postcode && <span className="muted">, {a.address.postcode}</span>}
        </>
      );
    }),
    column('category', { widthPx: 108, sort: 'category' }, (a) => (a.category ? code('category', a.category) : DASH)),
    column('revenue_cents', { widthPx: 84, right: true, sort: 'revenue_cents' }, (a) => (a.revenue_cents === null ? DASH : format.money(a.revenue_cents))),
    column('last_contact_on', { widthPx: 100, sort: 'last_contact_on' }, (a) => {
      if (!a.last_contact_on) return DASH;
      const weeks = format.weeksAgo(a.last_contact_on, Date.now());
      return <span title={format.date(a.last_contact_on)}>{t('inspector.weeksAgo', { count: weeks })}</span>;
    }),
    column('customer_since_on', { widthPx: 112, sort: 'customer_since_on' }, (a) => day(a.customer_since_on)),
    column('territory', { widthPx: 90, sort: 'territory' }, (a) => a.territory ?? DASH),
    column('owner', { widthPx: 140 }, (a) => a.owner?.name ?? DASH),
    column('place_state', { widthPx: 140, sort: 'place_state' }, (a) => code('place_state', a.place_state)),
    column('city', { widthPx: 120, sort: 'city' }, (a) => a.address.city ?? DASH),
    column('postcode', { widthPx: 84, sort: 'postcode' }, (a) => a.address.postcode ?? DASH),
    column('kind', { widthPx: 110, sort: 'kind' }, (a) => code('kind', a.kind)),
    column('neighbourhood', { widthPx: 150, sort: 'neighbourhood' }, (a) => a.regions['neighbourhood']?.name ?? DASH),
    column('updated_at', { widthPx: 140, sort: 'updated_at' }, (a) => format.instant(a.updated_at)),
  ];
}
