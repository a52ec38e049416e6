// One class of a legend: swatch, name, count. Where the class means a filter, the row is a button.
import type { MouseEvent, ReactNode } from 'react';
import { useLocale } from '../i18n/useLocale';

type Props = {
  swatch: ReactNode;
  name: string;
  count: string;
  /** `undefined`: nothing is filtered here; `false`: filtered out. */
  chosen?: boolean;
  testId?: string;
  onPick?: (add: boolean) => void;
};

export function LegendRow({ swatch, name, count, chosen, testId, onPick }: Props) {
  const { t } = useLocale();
  const state = chosen === undefined ? '' : chosen ? ' chosen' : ' out';
  const body = (
    <>
      {swatch}
      <span className="clip" title={name}>{name}</span>
      <span className="num">{count}</span>
    </>
  );
  if (!onPick) return <li className={`legend-row${state}`} data-testid={testId}>{body}</li>;
  return (
    <li>
      <button
        type="button"
        className={`legend-row${state}`}
        aria-pressed={chosen === true}
        title={`${t('layers.filterRow', { name })}. ${t('layers.filterHint')}`}
        data-testid={testId}
        onClick={(event: MouseEvent) => onPick(event.shiftKey || event.metaKey || event.ctrlKey)}
      >
        {body}
      </button>
    </li>
  );
}

export const Swatch = ({ colour }: { colour: string }) => (
  <i className="swatch" style={{ background: colour }} />
);

export const Hatch = () => <i className="swatch hatch" />;

export const LineSwatch = (props: { colour: string; widthPx: number; dashed: boolean }) => (
  <svg className="line-swatch" width="30" height="10" aria-hidden>
    <line x1="0" x2="30" y1="5" y2="5" stroke={props.colour} strokeWidth={props.widthPx} strokeDasharray={props.dashed ? '7 3' : undefined} />
  </svg>
);
