// The page behind the one-time link of the first start: it creates the administrator and signs in.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { answerOf, api } from '../api/client';
import { queryClient, sessionQuery } from '../api/queries';
import type { Session } from '../api/types';
import { useLocale } from '../i18n/useLocale';
import { Field } from '../ui/Field';
import { ProblemCard } from '../ui/ProblemCard';
import { LonePage } from './LonePage';
import { PasswordField } from './PasswordField';
import { PASSWORD_MIN, isEmail } from './rules';

type Fields = { name: string; email: string; password: string };

/** The token travels in the fragment, which browsers never send to a server or log. */
const tokenOf = (hash: string) => new URLSearchParams(hash.replace(/^#/, '')).get('token');

export function SetupPage() {
  const { t } = useLocale();
  const navigate = useNavigate();
  const session = useQuery(sessionQuery);
  const [token] = useState(() => tokenOf(location.hash));
  const [refused, setRefused] = useState<unknown>(null);
  const form = useForm<Fields>({ defaultValues: { name: '', email: '', password: '' } });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (fields) => {
    if (!token) return;
    setRefused(null);
    try {
      const made = (await answerOf(
        api.POST('/api/v1/setup', { body: { token, ...fields } }),
      )) as Session;
      queryClient.setQueryData(sessionQuery.queryKey, made);
      await navigate({ to: '/map', search: {}, replace: true });
    } catch (error) {
      setRefused(error);
    }
  });

  const closed = session.data && !session.data.setup_open;
  return (
    <LonePage title={t('session.setupTitle')} text={t('session.setupText')}>
      {!token && <div className="callout warn">{t('session.setupNoToken')}</div>}
      {closed && <div className="callout warn">{t('session.setupClosed')}</div>}
      {token && !closed && (
        <form className="stack" noValidate onSubmit={(event) => void submit(event)}>
          <Field
            label={t('session.name')}
            autoComplete="name"
            error={errors.name && t('session.nameNeeded')}
            {...form.register('name', { required: true })}
          />
          <Field
            label={t('session.email')}
            type="email"
            autoComplete="username"
            error={errors.email && t('session.emailNeeded')}
            {...form.register('email', { validate: isEmail })}
          />
          <PasswordField
            label={t('session.password')}
            autoComplete="new-password"
            hint={t('session.passwordHint')}
            error={
              errors.password &&
              t('session.passwordShort', { count: PASSWORD_MIN - form.getValues('password').length })
            }
            {...form.register('password', { minLength: PASSWORD_MIN, required: true })}
          />
          {refused !== null && <ProblemCard error={refused} />}
          <button type="submit" className="btn primary" disabled={isSubmitting}>
            {t('session.create')}
          </button>
        </form>
      )}
    </LonePage>
  );
}
