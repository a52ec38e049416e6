// The steps of the time slider, months or years, and windows of them: which days a window means to the
// filter, and which window a filter's days mean. A window holds its first and its last step.
import { type Condition, type Definition, conditionOn, withDates } from '../filters/model';

export type TimeProperty = 'last_contact_on' | 'customer_since_on';
export type Grain = 'month' | 'year';
/** One bar of the slider; its days as YYYY-MM-DD. */
export type Step = { key: string; from: string; to: string };
export type Window = readonly [first: number, last: number];

export const GRAIN: Record<TimeProperty, Grain> = { last_contact_on: 'month', customer_since_on: 'year' };
/** Bars there is room for. */
const MOST: Record<Grain, number> = { month: 36, year: 30 };
/** What play begins with: a quarter, a year. */
export const FIRST_LENGTH: Record<Grain, number> = { month: 3, year: 1 };

const two = (value: number) => String(value).padStart(2, '0');

function monthStep(index: number): Step {
  const [year, month] = [Math.floor(index / 12), (index % 12) + 1];
  const key = `${year}-${two(month)}`;
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { key, from: `${key}-01`, to: `${key}-${two(lastDay)}` };
}

const yearStep = (year: number): Step => ({ key: String(year), from: `${year}-01-01`, to: `${year}-12-31` });

/** Number of a month (YYYY-MM) or year on one line without gaps. */
function indexOf(grain: Grain, key: string): number {
  const [year = 0, month = 1] = key.split('-').map(Number);
  return grain === 'month' ? year * 12 + month - 1 : year;
}

/** All steps from the first to the last with a record, the newest ones where there are too many. */
export function stepsOf(grain: Grain, keys: string[]): Step[] {
  if (keys.length === 0) return [];
  const indices = keys.map((key) => indexOf(grain, key));
  const last = Math.max(...indices);
  const first = Math.max(Math.min(...indices), last - MOST[grain] + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => (grain === 'month' ? monthStep : yearStep)(first + i));
}

/** The steps a condition on the days touches; `null` for no condition, or one beside all steps. */
export function windowOf(steps: Step[], condition: Condition | undefined): Window | null {
  if (condition?.kind !== 'dates') return null;
  const { from, to } = condition;
  const first = from === null ? 0 : steps.findIndex((step) => step.to >= from);
  const last = to === null ? steps.length - 1 : steps.findLastIndex((step) => step.from <= to);
  return first >= 0 && last >= first ? [first, last] : null;
}

/** The window moved by some steps; `null` where it would leave them. */
export function moved([first, last]: Window, by: number, count: number): Window | null {
  return first + by >= 0 && last + by < count ? [first + by, last + by] : null;
}

/** The filter with the days of a window, or without them. */
export function withWindow(definition: Definition, property: TimeProperty, steps: Step[], window: Window | null): Definition {
  const [first, last] = window ?? [];
  const from = first === undefined ? null : (steps[first]?.from ?? null);
  const to = last === undefined ? null : (steps[last]?.to ?? null);
  return withDates(definition, property, from, to);
}

/** Which of the two the slider shows when it is first seen: the one the filter already speaks of. */
export const shownFirst = (definition: Definition): TimeProperty =>
  !conditionOn(definition, 'last_contact_on') && conditionOn(definition, 'customer_since_on')
    ? 'customer_since_on'
    : 'last_contact_on';
