// One account: who, where, how sure the place is; its facts to edit, what surrounds it, what happened to it.
import { IconAlertTriangle, IconCheck, IconMapPinPin, IconMapSearch, IconTrash, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem } from '../api/client';
import { accountQuery } from '../api/queries';
import type { Account, PlaceState } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { Empty } from '../ui/Empty';
import { ProblemCard } from '../ui/ProblemCard';
import { Skeleton } from '../ui/Skeleton';
import { AccountFacts } from './AccountFacts';
import { History } from './History';
import { InspectorHead } from './InspectorHead';
import { Surroundings } from './Surroundings';
import { useAccountEdit } from './useAccountEdit';
import { usePlaceEdit } from './usePlaceEdit';

const TONE: Record<PlaceState, string> = { matched: 'good', pinned: 'good', doubtful: 'warn', failed: 'bad' };

function PlaceTag({ state }: { state: PlaceState }) {
  const { code } = useLocale();
  const sure = state === 'matched' || state === 'pinned';
  return (
    <span className={`tag ${TONE[state]}`} data-testid="place-state">
      {sure ? <IconCheck size={13} aria-hidden /> : <IconAlertTriangle size={13} aria-hidden />}
      {code('place_state', state)}
    </span>
  );
}

function shown(value: unknown, none: string): string {
  if (value === null || value === undefined || value === '') return none;
  if (typeof value === 'object') {
    const line = (value as { one_line?: unknown; name?: unknown }).one_line ?? (value as { name?: unknown }).name;
    return typeof line === 'string' ? line : JSON.stringify(value);
  }
  return String(value);
}

function Details({ account }: { account: Account }) {
  const { choose, setMode, mode, map } = useWorkbench();
  const { t, code } = useLocale();
  const edit = useAccountEdit(account);
  const place = usePlaceEdit();
  const [open, setOpen] = useState(true);
  const moving = mode.name === 'movePin';
  const from = account.place ?? (map ? { lng: map.getCenter().lng, lat: map.getCenter().lat } : null);
  const fieldName = (field: string) => {
    const key = `inspector.field.${field}` as 'inspector.field.name';
    const name: string = t(key);
    return name === key ? field : name;
  };
  return (
    // Focus in any field inside opens it; the article itself takes none.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <article data-testid="account-inspector" onFocus={edit.opened}>
      <InspectorHead title={account.name} text={account.address.one_line} place={account.place} onClose={() => choose(null)} onRename={account.deleted_at ? undefined : (name) => edit.save({ name })}>
        <div className="row wrap tags">
          <span className="tag">
            <i className={`dot ${account.status}`} /> {code('status', account.status)}
          </span>
          {account.category && <span className="tag">{code('category', account.category)}</span>}
          <PlaceTag state={account.place_state} />
        </div>
        {!account.deleted_at && (
          <div className="row wrap">
            <button
              type="button"
              className="btn primary"
              data-testid="move-pin-button"
              aria-pressed={moving}
              disabled={from === null}
              onClick={() =>
                moving || !from
                  ? setMode({ name: 'select' })
                  : setMode({ name: 'movePin', accountId: account.id, version: account.version, from, accountName: account.name })
              }
            >
              {moving ? <IconX size={16} /> : <IconMapPinPin size={16} />}
              {moving ? t('app.cancel') : t('inspector.movePin')}
            </button>
            <button type="button" className="btn" disabled={place.busy} data-testid="geocode-button" onClick={() => place.geocode(account)}>
              <IconMapSearch size={16} />
              {t('inspector.geocode')}
            </button>
            <button type="button" className="btn danger" disabled={edit.busy} data-testid="delete-button" aria-label={t('inspector.delete')} title={t('inspector.delete')} onClick={edit.remove}>
              <IconTrash size={16} />
            </button>
          </div>
        )}
      </InspectorHead>
      {account.deleted_at && (
        <div className="pad">
          <div className="callout warn">
            <p className="callout-title">{t('inspector.deleted')}</p>
            <button type="button" className="btn tight" data-testid="restore-button" onClick={edit.restore}>
              {t('inspector.restore')}
            </button>
          </div>
        </div>
      )}
      {edit.conflict && (
        <div className="pad">
          <div className="callout warn" role="alert" data-testid="conflict">
            <p className="callout-title">{t('inspector.conflictTitle')}</p>
            {edit.conflict.differences.map(({ field, yours, theirs }) => (
              <p key={field}>
                {t('inspector.conflictText', { field: fieldName(field), yours: shown(yours, t('app.none')), theirs: shown(theirs, t('app.none')) })}
              </p>
            ))}
            <div className="row">
              <button type="button" className="btn tight" onClick={edit.keepTheirs}>{t('inspector.keepTheirs')}</button>
              <button type="button" className="btn tight primary" onClick={edit.useMine}>{t('inspector.useMine')}</button>
            </div>
          </div>
        </div>
      )}
      {edit.error && <div className="pad"><ProblemCard error={edit.error} /></div>}
      <section className="widget">
        <AccountFacts account={account} edit={edit} />
      </section>
      {account.place ? (
        <Surroundings place={account.place} />
      ) : (
        <section className="widget">
          <div className="callout warn">
            <p className="callout-title">{t('inspector.placeUnknown')}</p>
            <p>{t('inspector.noCandidates')}</p>
          </div>
        </section>
      )}
      <section className="widget">
        <button type="button" className="filter-head flush" aria-expanded={open} onClick={() => setOpen(!open)}>
          <h3>{t('inspector.history')}</h3>
        </button>
        {open && <History id={account.id} fieldName={fieldName} shown={(value) => shown(value, '–')} />}
      </section>
    </article>
  );
}

export function AccountInspector({ id }: { id: string }) {
  const { t } = useLocale();
  const account = useQuery(accountQuery(id));
  if (account.data) return <Details key={id} account={account.data} />;
  if (account.error instanceof ApiProblem && account.error.status === 404) {
    return <Empty icon={<IconMapSearch size={18} />} title={t('inspector.account')} text={t('inspector.notFound')} />;
  }
  if (account.error) return <div className="pad"><ProblemCard error={account.error} onRetry={() => void account.refetch()} /></div>;
  return <Skeleton />;
}
