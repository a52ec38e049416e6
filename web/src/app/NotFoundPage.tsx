// Shown for an address no page belongs to.
import { Link } from '@tanstack/react-router';
import { useLocale } from '../i18n/useLocale';

export function NotFoundPage() {
  const { t } = useLocale();
  return (
    <main className="lone">
      <section className="lone-card">
        <h1>{t('app.notFoundTitle')}</h1>
        <p className="muted">{t('app.notFoundText')}</p>
        <Link to="/map" search={{}} className="btn primary">
          {t('app.toMap')}
        </Link>
      </section>
    </main>
  );
}
