// The time slider: records by the month of their last contact or the year they became customers. A window
// over the bars is a filter; it can be stepped, or played, and map, figures and table follow.
import { IconChevronLeft, IconChevronRight, IconPlayerPause, IconPlayerPlay, IconX } from '@tabler/icons-react';
import { useEffect, useEffectEvent, useState } from 'react';
import { useWorkbench } from '../app/workbench';
import { conditionOn } from '../filters/model';
import { useLocale } from '../i18n/useLocale';
import { Segmented } from '../ui/Segmented';
import { OrganisationsOnly } from './PersonsNote';
import { type BrushBar, RangeBrush } from './RangeBrush';
import type { Figures } from './questions';
import { FIRST_LENGTH, GRAIN, type Step, type TimeProperty, type Window, moved, shownFirst, stepsOf, windowOf, withWindow } from './timeSteps';

/** Time to look at a step before the next. */
const STEP_MS = 900;
/** One label every so many bars. */
const TICK_EVERY = { month: 6, year: 5 };

export function TimeWidget({ figures, fetching }: { figures: Figures; fetching: boolean }) {
  const { filter } = useWorkbench();
  const { t, format } = useLocale();
  const [property, setProperty] = useState<TimeProperty>(() => shownFirst(filter.definition));
  const [playing, setPlaying] = useState(false);
  const [now] = useState(() => new Date().toISOString());

  const grain = GRAIN[property];
  const groups = property === 'last_contact_on' ? figures.months : figures.sinceYears;
  const counts = new Map(groups.flatMap(({ key, count }) => (key === null ? [] : [[String(key), count]])));
  const steps = stepsOf(grain, [...counts.keys()]);
  const window = windowOf(steps, conditionOn(filter.definition, property));
  const name = ({ key }: Step) => (grain === 'month' ? `${format.month(key)} ${key.slice(0, 4)}` : key);

  const show = (next: Window | null, played = false) =>
    filter.apply(withWindow(filter.definition, property, steps, next), undefined, undefined, played);
  const start: Window = [0, Math.min(steps.length, FIRST_LENGTH[grain]) - 1];
  const step = (by: number, played = false) => {
    const next = window ? moved(window, by, steps.length) : start;
    if (next) show(next, played);
    else setPlaying(false);
  };
  const playStep = useEffectEvent(() => step(1, true));
  // The next step waits until the figures of this one are there, so that none is passed over unseen.
  const waits = fetching || filter.pending || filter.loading;
  useEffect(() => {
    if (!playing || waits) return undefined;
    const timer = setTimeout(() => playStep(), STEP_MS);
    return () => clearTimeout(timer);
  }, [playing, waits]);
  const play = () => {
    if (playing) return setPlaying(false);
    // From the end it begins anew, with a window as long as before.
    const atEnd = window && window[1] === steps.length - 1;
    if (!window || atEnd) show(atEnd && window[0] > 0 ? [0, window[1] - window[0]] : start);
    return setPlaying(true);
  };
  const byHand = (next: Window | null) => {
    setPlaying(false);
    show(next);
  };

  const bars = steps.map((one, index): BrushBar => ({
    key: one.key,
    value: counts.get(one.key) ?? 0,
    title: `${name(one)}: ${format.count(counts.get(one.key) ?? 0)}`,
    tick: index % TICK_EVERY[grain] === TICK_EVERY[grain] - 1 || steps.length <= TICK_EVERY[grain] ? name(one) : null,
    pale: now.startsWith(one.key),
  }));
  const [first, last] = window ? [steps[window[0]], steps[window[1]]] : [];
  const period = first && last ? (first === last ? name(first) : `${name(first)} – ${name(last)}`) : t('time.all');
  return (
    <section className="widget" data-testid="time-widget">
      <div className="widget-head">
        <h3>{t('time.title')}</h3>
        <Segmented<TimeProperty>
          label={t('time.property')}
          testId="time"
          value={property}
          onChange={(next) => {
            setPlaying(false);
            setProperty(next);
          }}
          options={[
            { value: 'last_contact_on', label: t('time.contact') },
            { value: 'customer_since_on', label: t('time.since') },
          ]}
        />
      </div>
      <OrganisationsOnly when={figures.leftOut.has(property === 'last_contact_on' ? 'month' : 'since')} />
      {steps.length === 0 ? (
        <p className="small muted">{t('time.none')}</p>
      ) : (
        <>
          <RangeBrush bars={bars} window={window} testId="time-brush" labels={{ first: t('time.first'), last: t('time.last') }} onWindow={byHand} />
          <div className="row time-row">
            <button type="button" className="ib" aria-label={t('time.back')} title={t('time.back')} disabled={!window || !moved(window, -1, steps.length)} data-testid="time-back" onClick={() => step(-1)}>
              <IconChevronLeft size={16} />
            </button>
            <button type="button" className={playing ? 'ib on' : 'ib'} aria-label={playing ? t('time.pause') : t('time.play')} title={playing ? t('time.pause') : t('time.play')} data-testid="time-play" onClick={play}>
              {playing ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />}
            </button>
            <button type="button" className="ib" aria-label={t('time.forward')} title={t('time.forward')} disabled={window !== null && !moved(window, 1, steps.length)} data-testid="time-forward" onClick={() => step(1)}>
              <IconChevronRight size={16} />
            </button>
            <span className={window ? 'grow strong' : 'grow muted'} data-testid="time-period" aria-live={playing ? 'off' : 'polite'}>
              {period}
            </span>
            {window && (
              <button type="button" className="ib" aria-label={t('time.clear')} title={t('time.clear')} data-testid="time-clear" onClick={() => byHand(null)}>
                <IconX size={16} />
              </button>
            )}
          </div>
        </>
      )}
    </section>
  );
}
