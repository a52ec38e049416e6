// Text, numbers and code names in the language of the page, for components.
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Labels, Locale } from '../api/types';
import { codeLabel } from './codes';
import { type Formats, formatsFor } from './format';

export type Words = {
  t: TFunction;
  locale: Locale;
  format: Formats;
  /** Name of a code of this dimension; null is "not known". */
  code: (dimension: string, value: string | number | null) => string;
  label: (labels: Labels) => string;
  setLocale: (locale: Locale) => void;
};

export function useLocale(): Words {
  const { t, i18n } = useTranslation();
  const locale: Locale = i18n.language === 'nl' ? 'nl' : 'en';
  return useMemo(
    () => ({
      t,
      locale,
      format: formatsFor(locale),
      code: (dimension, value) => codeLabel(t, locale, dimension, value),
      label: (labels) => labels[locale],
      setLocale: (next) => void i18n.changeLanguage(next),
    }),
    [t, locale, i18n],
  );
}
