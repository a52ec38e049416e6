// A labelled text field that keeps what was typed and says beneath what is wrong with it.
import { IconAlertTriangle } from '@tabler/icons-react';
import { type InputHTMLAttributes, type ReactNode, useId } from 'react';

type Props = InputHTMLAttributes<HTMLInputElement> & {
  label: string;
  hint?: string;
  error?: string;
  after?: ReactNode;
};

export function Field({ label, hint, error, after, ...input }: Props) {
  const id = useId();
  return (
    <div className={error ? 'field wrong' : 'field'}>
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <input
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={error || hint ? `${id}-note` : undefined}
          {...input}
        />
        {after}
      </div>
      {(error || hint) && (
        <p id={`${id}-note`} className={error ? 'field-error' : 'field-hint'}>
          {error && <IconAlertTriangle size={14} aria-hidden />}
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
