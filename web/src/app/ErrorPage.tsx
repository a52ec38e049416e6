// Shown instead of a page that broke, so that nobody sits before an empty window.
import { useLocale } from '../i18n/useLocale';
import { Logo } from '../ui/Logo';
import { ProblemCard } from '../ui/ProblemCard';

export function ErrorPage({ error }: { error: unknown }) {
  const { t } = useLocale();
  return (
    <main className="lone">
      <section className="lone-card">
        <Logo />
        <ProblemCard error={error} onRetry={() => location.reload()}>
          {error instanceof Error && <p>{error.message}</p>}
        </ProblemCard>
        <a className="link" href="/map">
          {t('app.toMap')}
        </a>
      </section>
    </main>
  );
}
