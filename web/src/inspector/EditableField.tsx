// A fact of a record that is edited where it stands: click or Enter opens it, Enter or leaving saves, Esc
// keeps the old value.
import { IconPencil } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { useLocale } from '../i18n/useLocale';

type Props = {
  field: string;
  label: string;
  /** As it is edited. */
  value: string;
  /** As it is shown. */
  children: ReactNode;
  type?: 'text' | 'email' | 'tel' | 'date' | 'number' | 'area';
  options?: { value: string; label: string }[];
  disabled?: boolean;
  onSave: (value: string) => void;
};

export function EditableField(props: Props) {
  const { t } = useLocale();
  const [draft, setDraft] = useState<string | null>(null);
  const { field, label, value, options, type = 'text' } = props;

  const close = (next: string | null) => {
    setDraft(null);
    if (next !== null && next !== value) props.onSave(next);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close(null);
    else if (event.key === 'Enter' && (type !== 'area' || event.ctrlKey || event.metaKey)) close(draft);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shared = { className: 'input tight', 'aria-label': label, autoFocus: true, onKeyDown: onKey, 'data-testid': `input-${field}` };

  return (
    <>
      <dt>{label}</dt>
      <dd>
        {draft === null ? (
          <button
            type="button"
            className="editable"
            disabled={props.disabled}
            title={t('inspector.edit', { name: label })}
            data-testid={`edit-${field}`}
            onClick={() => setDraft(value)}
          >
            <span className="sr-only">{t('inspector.edit', { name: label })}: </span>
            <span className="grow">{props.children}</span>
            <IconPencil size={14} className="edit-mark" aria-hidden />
          </button>
        ) : options ? (
          <select {...shared} value={draft} onBlur={() => close(null)} onChange={(event) => close(event.currentTarget.value)}>
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
        ) : type === 'area' ? (
          <textarea {...shared} rows={3} value={draft} onBlur={() => close(draft)} onChange={(event) => setDraft(event.currentTarget.value)} />
        ) : (
          <input {...shared} type={type} value={draft} onBlur={() => close(draft)} onChange={(event) => setDraft(event.currentTarget.value)} />
        )}
      </dd>
    </>
  );
}
