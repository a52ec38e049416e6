// Grey bars in the place of a panel that has never been filled.
import { useLocale } from '../i18n/useLocale';

const WIDTHS = ['40%', '72%', '100%', '84%', '60%'];

export function Skeleton() {
  const { t } = useLocale();
  return (
    <div className="skeleton" role="status" aria-label={t('app.loading')}>
      {WIDTHS.map((width, index) => (
        <i key={width} className={index === 1 ? 'tall' : undefined} style={{ width }} />
      ))}
    </div>
  );
}
