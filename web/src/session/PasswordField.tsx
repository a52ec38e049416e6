// A password field whose content can be shown.
import { IconEye, IconEyeOff } from '@tabler/icons-react';
import { type ComponentProps, useState } from 'react';
import { useLocale } from '../i18n/useLocale';
import { Field } from '../ui/Field';

export function PasswordField(props: ComponentProps<typeof Field>) {
  const { t } = useLocale();
  const [shown, setShown] = useState(false);
  const label = shown ? t('session.hidePassword') : t('session.showPassword');
  return (
    <Field
      {...props}
      type={shown ? 'text' : 'password'}
      after={
        <button
          type="button"
          className="ib"
          aria-label={label}
          title={label}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          {shown ? <IconEyeOff size={16} /> : <IconEye size={16} />}
        </button>
      }
    />
  );
}
