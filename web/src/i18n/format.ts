// Numbers, money, dates and distances as people of each language write them. Built on Intl; one set of
// formatters a language, made once.
import type { Locale } from '../api/types';

const TAG: Record<Locale, string> = { en: 'en-GB', nl: 'nl-NL' };
const MILLION: Record<Locale, string> = { en: 'M', nl: ' mln' };
const DAY_MS = 86_400_000;

export type Formats = {
  /** Whole number with grouping. */
  count: (value: number) => string;
  /** Number with at most so many decimals (1 unless told). */
  decimal: (value: number, digits?: number) => string;
  /** Signed change: +7, −137, ±0. */
  change: (value: number) => string;
  /** Share 0–1 as a percentage with one decimal. */
  share: (value: number) => string;
  /** Whole currency units from cents. */
  money: (cents: number) => string;
  /** Short money: €6.49M, € 6,49 mln. */
  moneyShort: (cents: number) => string;
  /** Metres, from one kilometre on in kilometres. */
  distance: (metres: number) => string;
  /** Square metres as ha or km². */
  area: (squareMetres: number) => string;
  /** Day from an ISO date or instant. */
  date: (iso: string) => string;
  /** Day and time from an ISO instant. */
  instant: (iso: string) => string;
  /** Short month name of `YYYY-MM`. */
  month: (yearMonth: string) => string;
  /** Whole weeks between that day and now. */
  weeksAgo: (iso: string, nowMs: number) => number;
  bytes: (size: number) => string;
  /** A figure with its unit. */
  withUnit: (value: number, unit: string) => string;
};

const sign = (value: number) => (value < 0 ? '−' : '');

function make(locale: Locale): Formats {
  const tag = TAG[locale];
  const whole = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
  const decimals = [0, 1, 2].map(
    (digits) => new Intl.NumberFormat(tag, { maximumFractionDigits: digits }),
  );
  const two = new Intl.NumberFormat(tag, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat(tag, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const day = new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short', year: 'numeric' });
  const clock = new Intl.DateTimeFormat(tag, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
  const monthName = new Intl.DateTimeFormat(tag, { month: 'short', timeZone: 'UTC' });
  const euro = locale === 'nl' ? '€ ' : '€';
  const decimal = (value: number, digits = 1) => (decimals[digits] ?? whole).format(value);
  const money = (cents: number) => `${sign(cents)}${euro}${whole.format(Math.abs(cents) / 100)}`;
  const distance = (metres: number) =>
    metres < 1000
      ? `${whole.format(metres)} m`
      : `${decimal(metres / 1000, metres < 10_000 ? 1 : 0)} km`;

  return {
    count: (value) => whole.format(value),
    decimal,
    change: (value) => {
      if (value === 0) return '±0';
      return `${value > 0 ? '+' : '−'}${whole.format(Math.abs(value))}`;
    },
    share: (value) => percent.format(value).replace(' ', ''),
    money,
    moneyShort: (cents) =>
      Math.abs(cents) >= 100_000_000
        ? `${sign(cents)}${euro}${two.format(Math.abs(cents) / 100_000_000)}${MILLION[locale]}`
        : money(cents),
    distance,
    area: (squareMetres) =>
      squareMetres >= 1_000_000
        ? `${decimal(squareMetres / 1_000_000)} km²`
        : `${decimal(squareMetres / 10_000)} ha`,
    date: (iso) => day.format(new Date(iso)),
    instant: (iso) => clock.format(new Date(iso)),
    month: (yearMonth) => monthName.format(new Date(`${yearMonth}-01T00:00:00Z`)).replace('.', ''),
    weeksAgo: (iso, nowMs) => Math.max(0, Math.floor((nowMs - Date.parse(iso)) / (7 * DAY_MS))),
    bytes: (size) => {
      if (size < 1000) return `${whole.format(size)} B`;
      return size < 1_000_000
        ? `${decimal(size / 1000)} kB`
        : `${decimal(size / 1_000_000)} MB`;
    },
    withUnit: (value, unit) => {
      switch (unit) {
        case 'EUR_cents':
          return money(value);
        case 'EUR':
          return `${euro}${whole.format(value)}`;
        case 'EUR_thousand':
        case '1000EUR':
        case '1000_EUR':
        case 'kEUR':
          return `${euro}${decimal(value)}k`;
        case 'percent':
        case '%':
          return `${decimal(value)}%`;
        case 'cm':
          return distance(value / 100);
        case 'm':
          return distance(value);
        case 'km':
          return `${decimal(value)} km`;
        case 'm2':
          return `${whole.format(value)} m²`;
        case 'km_per_h':
          return `${whole.format(value)} km/h`;
        case 'year':
          return String(Math.round(value));
        default:
          return decimal(value, Math.abs(value) >= 1000 ? 0 : 1);
      }
    },
  };
}

const formats: Record<Locale, Formats> = { en: make('en'), nl: make('nl') };

export const formatsFor = (locale: Locale): Formats => formats[locale];
