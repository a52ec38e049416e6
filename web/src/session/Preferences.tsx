// Language and theme switches, used in the top bar and on the pages without one.
import { IconMoon, IconSun } from '@tabler/icons-react';
import { setTheme, useTheme } from '../app/theme';
import { useLocale } from '../i18n/useLocale';
import { queryClient, sessionQuery } from '../api/queries';
import { api } from '../api/client';
import type { Locale } from '../api/types';

export function LanguageSwitch() {
  const { t, locale, setLocale } = useLocale();
  const choose = (next: Locale) => {
    setLocale(next);
    // The choice follows a signed-in user to other browsers; a failure only loses that.
    if (queryClient.getQueryData(sessionQuery.queryKey)?.user) {
      void api.PATCH('/api/v1/session', { body: { locale: next } }).catch(() => null);
    }
  };
  return (
    <div className="seg" role="group" aria-label={t('app.language')}>
      {(['en', 'nl'] as const).map((option) => (
        <button
          key={option}
          type="button"
          lang={option}
          aria-pressed={locale === option}
          title={option === 'en' ? t('app.english') : t('app.dutch')}
          data-testid={`locale-${option}`}
          onClick={() => choose(option)}
        >
          {option.toUpperCase()}
        </button>
      ))}
    </div>
  );
}

export function ThemeSwitch() {
  const { t } = useLocale();
  const theme = useTheme();
  const label = theme === 'dark' ? t('app.toLight') : t('app.toDark');
  return (
    <button
      type="button"
      className="ib"
      aria-label={label}
      title={label}
      data-testid="theme-switch"
      onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}
    >
      {theme === 'dark' ? <IconSun size={16} /> : <IconMoon size={16} />}
    </button>
  );
}
