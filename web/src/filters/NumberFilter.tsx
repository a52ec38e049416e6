// Lower and upper bound of a number. Money is typed in whole currency units and kept in cents.
import { useId, useState } from 'react';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { conditionOn, withRange } from './model';

/** Reads 1.250, 1 250 and 1,250 as a whole number; nothing as no bound. */
function readWhole(text: string): number | null | undefined {
  const plain = text.replaceAll(/[\s.,€]/g, '');
  if (plain === '') return null;
  return /^-?\d+$/.test(plain) ? Number(plain) : undefined;
}

type Range = { min: number | null; max: number | null };

/** A range set elsewhere (a brush, a chip's cross) starts the two fields anew. */
export function NumberFilter({ property }: { property: string }) {
  const { filter } = useWorkbench();
  const condition = conditionOn(filter.definition, property);
  const range = condition?.kind === 'range' ? condition : null;
  return <Bounds key={`${range?.min}:${range?.max}`} property={property} range={range} />;
}

function Bounds({ property, range }: { property: string; range: Range | null }) {
  const { filter } = useWorkbench();
  const { t } = useLocale();
  const id = useId();
  const factor = property.endsWith('_cents') ? 100 : 1;
  const show = (value: number | null | undefined) => (value === null || value === undefined ? '' : String(value / factor));
  const [low, setLow] = useState(show(range?.min));
  const [high, setHigh] = useState(show(range?.max));

  const [min, max] = [readWhole(low), readWhole(high)];
  const fault =
    min === undefined || max === undefined
      ? t('filters.notNumber')
      : min !== null && max !== null && min > max
        ? t('filters.notOrder')
        : null;
  const commit = () => {
    if (fault || min === undefined || max === undefined) return;
    const [from, to] = [min === null ? null : min * factor, max === null ? null : max * factor];
    if (from === (range?.min ?? null) && to === (range?.max ?? null)) return;
    filter.apply(withRange(filter.definition, property, from, to));
  };
  const field = (label: string, value: string, set: (text: string) => void, testId: string) => (
    <label className="bound">
      <span className="tiny muted">{label}</span>
      <input
        className="input tight"
        inputMode="numeric"
        value={value}
        aria-invalid={fault ? true : undefined}
        aria-describedby={fault ? id : undefined}
        data-testid={testId}
        onChange={(event) => set(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
    </label>
  );
  return (
    <div className="filter-body">
      <div className="bounds">
        {field(t('filters.min'), low, setLow, `min-${property}`)}
        {field(t('filters.max'), high, setHigh, `max-${property}`)}
      </div>
      {fault && (
        <p id={id} className="field-error">
          {fault}
        </p>
      )}
    </div>
  );
}
