// The one batch of questions behind chips, figures and selection count. Asked together and answered from one
// snapshot, the figures cannot contradict each other.
import type { BatchAnswer, Bbox, CubeAnswer, CubeQuery, CubeRow, Persons } from '../api/types';
import { keyOf } from '../filters/model';
import { type Parts, type Selection, whereOf } from '../filters/where';

export const MEASURES = ['count', 'customers', 'prospects', 'revenue_cents'];

export type Totals = { count: number; customers: number; prospects: number; revenueCents: number };
export type Group = { key: string | number | null; count: number; customers: number };

export type Figures = {
  dataVersion: string;
  /** Of the scope. */
  totals: Totals;
  withoutPlace: number;
  /** How households are in these totals. */
  persons: Persons;
  /** Figures in which there are no households, since they would be singled out. */
  leftOut: Set<'category' | 'year' | 'region' | 'month' | 'since'>;
  /** Everything the user may see. */
  all: Totals;
  /** Records of the whole filter, area included. */
  selected: number;
  /** Records of the area alone, without the other conditions. */
  area: number;
  /** What each condition alone removes from the selection, by its key. */
  effects: Map<string, number>;
  /** Selected records if the area were dropped. */
  withoutArea: number;
  statuses: Group[];
  categories: Group[];
  categoryGroups: number;
  years: Group[];
  regions: Group[];
  regionGroups: number;
  /** By month of the last contact, whatever the filter says of that day. */
  months: Group[];
  /** By year of becoming a customer, whatever the filter says of that day. */
  sinceYears: Group[];
  doubtful: number;
};

export const TOP_CATEGORIES = 7;
export const TOP_REGIONS = 5;

export type Asked = { selection: Selection; parts: Parts; regionLevel: string | null };

const byCount = [{ by: 'count', descending: true }];

/** The questions, in a fixed order that readFigures knows. */
export function questions({ selection, parts, regionLevel }: Asked): CubeQuery[] {
  const within = (own: string): Parts => ({ ...parts, without: [own] });
  const pair = ['count', 'customers'];
  return [
    { ...whereOf(selection, parts), measures: MEASURES },
    { measures: MEASURES },
    { ...whereOf(selection), measures: ['count'] },
    { ...whereOf(selection, { without: selection.definition.conditions.map(keyOf).filter((key) => key !== selection.region?.level) }), measures: ['count'] },
    { ...whereOf(selection, { withoutArea: true }), measures: ['count'] },
    { ...whereOf(selection, within('status')), measures: pair, dimensions: ['status'] },
    { ...whereOf(selection, within('category')), measures: pair, dimensions: ['category'], order: byCount, limit: TOP_CATEGORIES },
    { ...whereOf(selection, within('building_year')), measures: pair, dimensions: ['building_year'] },
    { ...whereOf(selection, within('last_contact_on')), measures: pair, dimensions: ['last_contact_month'] },
    { ...whereOf(selection, within('customer_since_on')), measures: pair, dimensions: ['customer_since_year'] },
    { ...whereOf(selection, { withoutArea: true }), measures: pair, dimensions: ['place_state'] },
    {
      ...whereOf(selection, parts),
      measures: pair,
      dimensions: [regionLevel ?? 'city'],
      order: byCount,
      limit: TOP_REGIONS,
    },
    ...selection.definition.conditions.map(
      (condition): CubeQuery => ({ ...whereOf(selection, { without: [keyOf(condition)] }), measures: ['count'] }),
    ),
  ];
}

const FIXED = 12;

function totals(answer: CubeAnswer | undefined): Totals {
  const [count, customers, prospects, revenueCents] = answer?.rows[0]?.values ?? [];
  return { count: count ?? 0, customers: customers ?? 0, prospects: prospects ?? 0, revenueCents: revenueCents ?? 0 };
}

const groups = (answer: CubeAnswer | undefined): Group[] =>
  (answer?.rows ?? []).map(({ keys, values }: CubeRow) => ({
    key: keys[0] ?? null,
    count: values[0] ?? 0,
    customers: values[1] ?? 0,
  }));

export function readFigures({ selection }: Asked, batch: BatchAnswer): Figures {
  const [scope, all, selected, area, noArea, status, category, year, month, since, state, region, ...each] = batch.answers;
  const selectedCount = totals(selected).count;
  const states = groups(state);
  return {
    dataVersion: batch.data_version,
    totals: totals(scope),
    withoutPlace: scope?.without_place ?? 0,
    persons: scope?.persons ?? { told: 'exact', why: null },
    leftOut: new Set(
      ([['category', category], ['year', year], ['region', region], ['month', month], ['since', since]] as const).flatMap(
        ([name, answer]) => (answer?.persons.told === 'left_out' ? [name] : []),
      ),
    ),
    all: totals(all),
    selected: selectedCount,
    area: totals(area).count,
    withoutArea: totals(noArea).count,
    effects: new Map(
      selection.definition.conditions.map((condition, index) => [
        keyOf(condition),
        totals(each[index]).count - selectedCount,
      ]),
    ),
    statuses: groups(status),
    categories: groups(category),
    categoryGroups: category?.groups ?? 0,
    years: groups(year),
    regions: groups(region),
    regionGroups: region?.groups ?? 0,
    months: groups(month),
    sinceYears: groups(since),
    doubtful: states
      .filter(({ key }) => key === 'doubtful' || key === 'failed')
      .reduce((sum, { count }) => sum + count, 0),
  };
}

/** Whether the answer belongs to these questions: a batch has one answer a question. */
export const fits = (asked: Asked, batch: BatchAnswer): boolean =>
  batch.answers.length === FIXED + asked.selection.definition.conditions.length;

/** The viewport rounded outwards, so that a small move asks the same question. */
export function roundedBox([w, s, e, n]: Bbox): Bbox {
  const step = 10 ** Math.floor(Math.log10(Math.max(e - w, 1e-6) / 200));
  const down = (value: number) => Number((Math.floor(value / step) * step).toFixed(7));
  const upTo = (value: number) => Number((Math.ceil(value / step) * step).toFixed(7));
  return [down(w), down(s), upTo(e), upTo(n)];
}
