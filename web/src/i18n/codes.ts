// Names of coded values. Several dimensions share one list of codes; a code the catalogue of texts does not
// know (a city, a source's own category) is shown as it came, tidied a little.
import type { TFunction } from 'i18next';
import type { Locale } from '../api/types';
import { codesEn } from './codes.en';
import { codesNl } from './codes.nl';
import { categoryLabel } from './categories';

const LIST_OF: Record<string, string> = {
  building_age_class: 'age_class',
  road_condition_class: 'condition_class',
  park_distance_band: 'distance_band',
  class: 'road_class',
};

const LISTS: Record<Locale, Record<string, Record<string, string>>> = { en: codesEn, nl: codesNl };

export function codeLabel(
  t: TFunction,
  locale: Locale,
  dimension: string,
  value: string | number | null,
): string {
  if (value === null || value === '') return t('filters.missing');
  const text = String(value);
  const list = LISTS[locale][LIST_OF[dimension] ?? dimension];
  const known = list?.[text];
  if (known !== undefined) return known;
  if (dimension === 'category') return categoryLabel(locale, text);
  return text;
}

/** Name of a property of a building, road or address. */
export function propertyLabel(locale: Locale, property: string): string {
  return LISTS[locale]['property']?.[property] ?? property.replaceAll('_', ' ');
}
