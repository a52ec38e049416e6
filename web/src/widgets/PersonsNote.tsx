// How households are in the figures of a reader who may not see them one by one.
import type { Persons } from '../api/types';
import { useLocale } from '../i18n/useLocale';

/** Under the heading of a figure that has no households in it. */
export function OrganisationsOnly({ when }: { when: boolean }) {
  const { t } = useLocale();
  return when ? <p className="tiny muted">{t('widgets.organisationsOnly')}</p> : null;
}

/** For all figures together. */
export function PersonsNote({ persons }: { persons: Persons }) {
  const { t } = useLocale();
  if (persons.told === 'exact') return null;
  return (
    <p className="callout persons-note" data-testid="persons-note">
      {persons.told === 'rounded' ? t('widgets.personsRounded') : t('widgets.personsLeftOut')}
    </p>
  );
}
