// A condition in words: the name of its property and what it asks for, as chips and messages show it.
import type { Catalogue } from '../api/types';
import type { Words } from '../i18n/useLocale';
import { propertyLabel } from '../i18n/codes';
import type { Condition } from './model';

export type ConditionText = { name: string; value: string };

export function propertyName(property: string, catalogue: Catalogue, words: Words): string {
  const cube = catalogue.cubes.find((c) => c.name === 'accounts');
  const dimension = cube?.dimensions.find((d) => d.name === property);
  const based = cube?.dimensions.find((d) => d.base === property);
  if (dimension) return words.label(dimension.labels);
  const own = propertyLabel(words.locale, property);
  return own === property && based ? words.label(based.labels) : own;
}

const isMoney = (property: string) => property.endsWith('_cents');

export function numberText(property: string, value: number, words: Words): string {
  if (isMoney(property)) return words.format.money(value);
  if (property.endsWith('year')) return String(value);
  if (property.endsWith('_m')) return words.format.distance(value);
  return words.format.decimal(value);
}

function bounds(low: string | null, high: string | null): string {
  if (low !== null && high !== null) return `${low} – ${high}`;
  return low !== null ? `≥ ${low}` : `≤ ${high}`;
}

export function conditionText(condition: Condition, catalogue: Catalogue, words: Words): ConditionText {
  const { t, format, code } = words;
  switch (condition.kind) {
    case 'values': {
      const { property, values } = condition;
      const [only] = values;
      const owner = property === 'owner' ? catalogue.users.find((u) => u.id === only)?.name : undefined;
      const value =
        values.length === 1 && only !== undefined
          ? (owner ?? code(property, only))
          : values.length <= 2
            ? values.map((v) => code(property, v)).join(', ')
            : t('filters.values', { count: values.length });
      return { name: propertyName(property, catalogue, words), value };
    }
    case 'range': {
      const text = (value: number | null) => (value === null ? null : numberText(condition.property, value, words));
      return {
        name: propertyName(condition.property, catalogue, words),
        value: bounds(text(condition.min), text(condition.max)),
      };
    }
    case 'dates': {
      const text = (value: string | null) => (value === null ? null : format.date(value));
      return {
        name: propertyName(condition.property, catalogue, words),
        value: bounds(text(condition.from), text(condition.to)),
      };
    }
    case 'custom':
      return { name: t('filters.custom'), value: JSON.stringify(condition.cql2).slice(0, 40) };
  }
}
