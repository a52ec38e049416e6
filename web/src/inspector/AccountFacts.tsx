// The facts of a record, each edited in place.
import { useState } from 'react';
import type { Account, AccountStatus } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { EditableField } from './EditableField';
import type { useAccountEdit } from './useAccountEdit';

type Edit = ReturnType<typeof useAccountEdit>;

const orNull = (text: string) => (text.trim() === '' ? null : text.trim());

export function AccountFacts({ account, edit }: { account: Account; edit: Edit }) {
  const { catalogue } = useWorkbench();
  const [now] = useState(() => Date.now());
  const { t, format, code } = useLocale();
  const gone = account.deleted_at !== null || edit.busy;
  const dash = <span className="muted">–</span>;
  const options = (dimension: string, codes: string[]) => codes.map((value) => ({ value, label: code(dimension, value) }));
  const territory = catalogue.territories.find((item) => item.code === account.territory);
  const { address } = account;
  const saveAddress = (part: string, value: string) => edit.save({ address: { street: address.street, house_number: address.house_number, postcode: address.postcode, city: address.city, country: address.country, [part]: orNull(value) } });
  const addressField = (part: 'street' | 'house_number' | 'postcode' | 'city') => (
    <EditableField field={part} label={t(`inspector.field.${part}`)} value={address[part] ?? ''} disabled={gone} onSave={(value) => saveAddress(part, value)}>
      {address[part] ?? dash}
    </EditableField>
  );
  const weeks = account.last_contact_on ? format.weeksAgo(account.last_contact_on, now) : null;
  return (
    <dl className="facts editable-facts">
      <EditableField
        field="owner"
        label={t('inspector.field.owner')}
        value={account.owner?.id ?? ''}
        disabled={gone}
        options={[{ value: '', label: t('inspector.noOwner') }, ...catalogue.users.map((u) => ({ value: u.id, label: u.name }))]}
        onSave={(value) => edit.save({ owner_id: orNull(value) })}
      >
        {account.owner?.name ?? <span className="muted">{t('inspector.noOwner')}</span>}
      </EditableField>
      <EditableField
        field="territory"
        label={t('inspector.field.territory')}
        value={account.territory ?? ''}
        disabled={gone}
        options={[{ value: '', label: t('inspector.noTerritory') }, ...catalogue.territories.map((x) => ({ value: x.code, label: `${x.code} ${x.name}` }))]}
        onSave={(value) => edit.save({ territory: orNull(value) })}
      >
        {territory?.name ?? account.territory ?? <span className="muted">{t('inspector.noTerritory')}</span>}
      </EditableField>
      <EditableField field="status" label={t('inspector.field.status')} value={account.status} disabled={gone} options={options('status', ['customer', 'prospect', 'former'])} onSave={(value) => edit.save({ status: value as AccountStatus })}>
        {code('status', account.status)}
      </EditableField>
      <EditableField field="kind" label={t('inspector.field.kind')} value={account.kind} disabled={gone} options={options('kind', ['organisation', 'household'])} onSave={(value) => edit.save({ kind: value as Account['kind'] })}>
        {code('kind', account.kind)}
      </EditableField>
      <EditableField field="category" label={t('inspector.field.category')} value={account.category ?? ''} disabled={gone} onSave={(value) => edit.save({ category: orNull(value) })}>
        {account.category ? code('category', account.category) : dash}
      </EditableField>
      <EditableField field="revenue_cents" type="number" label={t('inspector.field.revenue_cents')} value={account.revenue_cents === null ? '' : String(account.revenue_cents / 100)} disabled={gone} onSave={(value) => edit.save({ revenue_cents: value === '' ? null : Math.round(Number(value) * 100) })}>
        {account.revenue_cents === null ? dash : format.money(account.revenue_cents)}
      </EditableField>
      <EditableField field="last_contact_on" type="date" label={t('inspector.field.last_contact_on')} value={account.last_contact_on ?? ''} disabled={gone} onSave={(value) => edit.save({ last_contact_on: orNull(value) })}>
        {account.last_contact_on && weeks !== null ? (
          <>
            {format.date(account.last_contact_on)} <span className="muted">· {t('inspector.weeksAgo', { count: weeks })}</span>
          </>
        ) : (
          dash
        )}
      </EditableField>
      <EditableField field="customer_since_on" type="date" label={t('inspector.field.customer_since_on')} value={account.customer_since_on ?? ''} disabled={gone} onSave={(value) => edit.save({ customer_since_on: orNull(value) })}>
        {account.customer_since_on ? format.date(account.customer_since_on) : dash}
      </EditableField>
      <EditableField field="phone" type="tel" label={t('inspector.field.phone')} value={account.phone ?? ''} disabled={gone} onSave={(value) => edit.save({ phone: orNull(value) })}>
        {account.phone ?? dash}
      </EditableField>
      <EditableField field="email" type="email" label={t('inspector.field.email')} value={account.email ?? ''} disabled={gone} onSave={(value) => edit.save({ email: orNull(value) })}>
        {account.email ?? dash}
      </EditableField>
      {addressField('street')}
      {addressField('house_number')}
      {addressField('postcode')}
      {addressField('city')}
      <EditableField field="note" type="area" label={t('inspector.field.note')} value={account.note ?? ''} disabled={gone} onSave={(value) => edit.save({ note: orNull(value) })}>
        {account.note ?? dash}
      </EditableField>
    </dl>
  );
}
