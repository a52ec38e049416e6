// Sign in with e-mail and password, then go on to where the visitor wanted to be.
import { useRouter, useSearch } from '@tanstack/react-router';
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
import { isEmail } from './rules';

type Fields = { email: string; password: string };

/** Only a path of this page: a link must not lead a signed-in user elsewhere. */
const ownPath = (next: string | undefined) =>
  next?.startsWith('/') && !next.startsWith('//') && !next.includes('\\') ? next : '/map';

export function SignInPage() {
  const { t, setLocale } = useLocale();
  const router = useRouter();
  const { next } = useSearch({ from: '/sign-in' });
  const [refused, setRefused] = useState<unknown>(null);
  const form = useForm<Fields>({ defaultValues: { email: '', password: '' } });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (fields) => {
    setRefused(null);
    try {
      const session = (await answerOf(api.POST('/api/v1/session', { body: fields }))) as Session;
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, session);
      if (session.user) setLocale(session.user.locale);
      router.history.push(ownPath(next));
    } catch (error) {
      setRefused(error);
    }
  });

  return (
    <LonePage title={t('session.signInTitle')} text={t('session.signInText')}>
      <form className="stack" noValidate onSubmit={(event) => void submit(event)}>
        <Field
          label={t('session.email')}
          type="email"
          autoComplete="username"
          error={errors.email && t('session.emailNeeded')}
          {...form.register('email', { validate: isEmail })}
        />
        <PasswordField
          label={t('session.password')}
          autoComplete="current-password"
          error={errors.password && t('session.passwordNeeded')}
          {...form.register('password', { required: true })}
        />
        {refused !== null && <ProblemCard error={refused} />}
        <button type="submit" className="btn primary" disabled={isSubmitting}>
          {t('session.signIn')}
        </button>
        <p className="small muted">{t('session.firstStart')}</p>
      </form>
    </LonePage>
  );
}
