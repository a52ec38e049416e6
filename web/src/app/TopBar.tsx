// The bar over everything: where one is, search, language, theme, user.
import { Link } from '@tanstack/react-router';
import { useLocale } from '../i18n/useLocale';
import { SearchBox } from '../search/SearchBox';
import { LanguageSwitch, ThemeSwitch } from '../session/Preferences';
import { UserMenu } from '../session/UserMenu';
import { Logo } from '../ui/Logo';
import { useWorkbench } from './workbench';

export function TopBar({ onShortcuts }: { onShortcuts: () => void }) {
  const { user } = useWorkbench();
  const { t } = useLocale();
  return (
    <header className="top">
      <Logo />
      <nav className="nav" aria-label={t('app.mainNav')}>
        <Link to="/map" search={true} aria-current="page">
          {t('app.map')}
        </Link>
      </nav>
      <span className="grow" />
      <SearchBox />
      <LanguageSwitch />
      <ThemeSwitch />
      <UserMenu user={user} onShortcuts={onShortcuts} />
    </header>
  );
}
