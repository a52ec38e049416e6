// One field for accounts, addresses and regions. `/` takes the keyboard there; arrows choose, Enter goes.
import { IconHash, IconMap2, IconMapPin, IconRoad, IconSearch, IconX } from '@tabler/icons-react';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { findQuery } from '../api/queries';
import type { SearchAnswer, Suggestion } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useDrill } from '../drill/useDrill';
import { useLocale } from '../i18n/useLocale';
import { ProblemCard } from '../ui/ProblemCard';

const WAIT_MS = 120;
const ADDRESS_ZOOM = 17;
const STREET_ZOOM = 15.5;

type Hit = { id: string; group: 'accounts' | 'addresses' | 'regions'; icon: ReactNode; text: string; detail: string; go: () => void };

const ADDRESS_ICON: Record<Suggestion['kind'], ReactNode> = {
  address: <IconMapPin size={16} />,
  street: <IconRoad size={16} />,
  place: <IconMap2 size={16} />,
  postcode: <IconHash size={16} />,
};

function useHits(answer: SearchAnswer | undefined): Hit[] {
  const { map, choose, catalogue } = useWorkbench();
  const { drillTo } = useDrill();
  const { label } = useLocale();
  if (!answer) return [];
  const go = (lng: number, lat: number, zoom: number) => map?.easeTo({ center: [lng, lat], zoom: Math.max(map.getZoom(), zoom) });
  const fit = (bbox: [number, number, number, number] | undefined, lng: number, lat: number) =>
    bbox ? map?.fitBounds(bbox, { padding: 48, duration: 300, maxZoom: ADDRESS_ZOOM }) : go(lng, lat, STREET_ZOOM);
  return [
    ...answer.accounts.map((account): Hit => ({
      id: `account-${account.id}`,
      group: 'accounts',
      icon: <i className={`dot ${account.status}`} />,
      text: account.name,
      detail: account.address,
      go: () => {
        if (account.lng !== null && account.lat !== null) go(account.lng, account.lat, ADDRESS_ZOOM);
        choose({ kind: 'account', id: account.id });
      },
    })),
    ...answer.addresses.map((address): Hit => ({
      id: `address-${address.kind}-${address.text}-${address.lng}`,
      group: 'addresses',
      icon: ADDRESS_ICON[address.kind],
      text: address.text,
      detail: address.detail ?? '',
      go: () => {
        if (address.kind === 'address') {
          go(address.lng, address.lat, ADDRESS_ZOOM);
          choose({ kind: 'place', lng: address.lng, lat: address.lat });
        } else fit(address.bbox, address.lng, address.lat);
      },
    })),
    ...answer.regions.map((region): Hit => {
      const level = catalogue.region_levels.find((l) => l.level === region.level);
      return {
        id: `region-${region.level}-${region.code}`,
        group: 'regions',
        icon: <IconMap2 size={16} />,
        text: region.name,
        detail: level ? label(level.labels).toLowerCase() : region.level,
        go: () => drillTo(region),
      };
    }),
  ];
}

export function SearchBox() {
  const { t } = useLocale();
  const { phone } = useWorkbench();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const [asked] = useDebouncedValue(text.trim(), WAIT_MS);
  const answer = useQuery(findQuery(asked));
  const hits = useHits(asked.length >= 2 ? answer.data : undefined);
  const active = hits[Math.min(at, hits.length - 1)];
  const shown = open && text.trim().length > 0;

  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    hit.go();
    setOpen(false);
    setText('');
    input.current?.blur();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt((i) => Math.min(i + 1, hits.length - 1));
    else if (event.key === 'ArrowUp') setAt((i) => Math.max(i - 1, 0));
    else if (event.key === 'Enter') go(active);
    else if (event.key === 'Escape') {
      setOpen(false);
      input.current?.blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="search">
      <IconSearch size={14} aria-hidden />
      <input
        ref={input}
        id="search"
        role="combobox"
        aria-label={t('search.label')}
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-activedescendant={shown && active ? `${id}-${active.id}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={phone ? t('search.short') : t('search.placeholder')}
        value={text}
        data-testid="search"
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onKeyDown={onKey}
      />
      {text ? (
        <button type="button" className="ib little" aria-label={t('app.close')} onClick={() => setText('')}>
          <IconX size={14} />
        </button>
      ) : (
        !phone && <kbd aria-hidden>/</kbd>
      )}
      {shown && (
        <div className="search-list" data-testid="search-results">
          <p className="sr-only" role="status">
            {t('search.results', { count: hits.length })}
          </p>
          <div role="listbox" id={`${id}-list`} aria-label={t('search.label')}>
            {(['accounts', 'addresses', 'regions'] as const).map((group) => {
              const own = hits.filter((hit) => hit.group === group);
              if (own.length === 0) return null;
              return (
                <div key={group} role="group" aria-label={t(`search.${group}`)}>
                  <p className="search-group" aria-hidden>
                    {t(`search.${group}`)}
                  </p>
                  {own.map((hit) => (
                    <div
                      key={hit.id}
                      id={`${id}-${hit.id}`}
                      role="option"
                      tabIndex={-1}
                      aria-selected={hit === active}
                      className="search-hit"
                      onMouseDown={(event) => {
                        event.preventDefault();
                        go(hit);
                      }}
                      onMouseEnter={() => setAt(hits.indexOf(hit))}
                    >
                      <span className="hit-icon">{hit.icon}</span>
                      <span className="strong clip">{hit.text}</span>
                      <span className="muted small clip grow">{hit.detail}</span>
                      {hit === active && <kbd aria-hidden>↵</kbd>}
                    </div>
                  ))}
                </div>
              );
            })}
          </div>
          {answer.error ? <ProblemCard error={answer.error} /> : null}
          {hits.length === 0 && !answer.error && (
            <p className="search-none small muted">
              {asked.length < 2 ? t('search.hint') : answer.isFetching ? `${t('app.loading')}…` : t('search.nothing', { text: asked })}
            </p>
          )}
        </div>
      )}
    </div>
  );
}
