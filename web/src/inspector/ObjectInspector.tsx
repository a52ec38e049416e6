// A building or a road: its properties, how sure each derived one is, and what surrounds it.
import { useQuery } from '@tanstack/react-query';
import { objectQuery } from '../api/queries';
import type { MapObject, Position } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { propertyLabel } from '../i18n/codes';
import { useLocale } from '../i18n/useLocale';
import { ProblemCard } from '../ui/ProblemCard';
import { Skeleton } from '../ui/Skeleton';
import { InspectorHead } from './InspectorHead';
import { Surroundings } from './Surroundings';

/** Addresses listed of one building. */
const LISTED = 12;

/** Any point of the geometry: good enough to ask what surrounds it. */
function pointOf(object: MapObject): Position | null {
  let at: unknown = object.geometry?.coordinates;
  while (Array.isArray(at) && Array.isArray(at[0])) at = at[Math.floor(at.length / 2)];
  return Array.isArray(at) && typeof at[0] === 'number' && typeof at[1] === 'number' ? { lng: at[0], lat: at[1] } : null;
}

function useValueText() {
  const { format, code } = useLocale();
  return (property: string, value: unknown): string => {
    if (value === null || value === undefined || value === '') return '–';
    if (typeof value === 'string') return code(property, value);
    if (typeof value !== 'number') return JSON.stringify(value);
    if (property.endsWith('_cm')) return format.distance(value / 100);
    if (property.endsWith('_kmh')) return `${format.count(value)} km/h`;
    if (property.endsWith('_m2')) return `${format.count(value)} m²`;
    if (property.endsWith('_m')) return format.distance(value);
    if (property.endsWith('year')) return String(value);
    return format.decimal(value);
  };
}

export function ObjectInspector({ kind, id }: { kind: 'building' | 'road'; id: string }) {
  const { choose, catalogue } = useWorkbench();
  const { t, locale } = useLocale();
  const text = useValueText();
  const object = useQuery(objectQuery(kind === 'road' ? 'roads' : 'buildings', id));
  if (object.error) return <div className="pad"><ProblemCard error={object.error} onRetry={() => void object.refetch()} /></div>;
  if (!object.data) return <Skeleton />;
  const { data } = object;
  const place = pointOf(data);
  const { addresses } = data;
  const source = catalogue.datasets.find((d) => d.code === data.dataset);
  const facts = [
    ...Object.entries(data.derived).map(([key, derived]) => ({ key, value: derived.code as unknown, confidence: derived.confidence })),
    ...Object.entries(data.properties)
      .filter(([key]) => !(key in data.derived))
      .map(([key, value]) => ({ key, value, confidence: null })),
  ];
  return (
    <article data-testid={`${kind}-inspector`}>
      <InspectorHead title={data.name ?? addresses[0]?.one_line ?? t(`inspector.${kind}`)} text={t(`inspector.${kind}`)} place={place} onClose={() => choose(null)} />
      <section className="widget">
        <h3>{t('inspector.properties')}</h3>
        <dl className="facts">
          {facts.map(({ key, value, confidence }) => (
            <div key={key} className="fact">
              <dt>{propertyLabel(locale, key)}</dt>
              <dd>
                {text(key, value)}
                {confidence && value !== null && <span className="muted"> · {t(`inspector.confidence.${confidence}`)}</span>}
              </dd>
            </div>
          ))}
        </dl>
        {source && (
          <p className="source">
            {source.source}, {source.vintage}
          </p>
        )}
        {addresses.length > 0 && (
          <>
            <h3 className="sub">
              {t('inspector.addressesHere')} <span className="unit">{addresses.length}</span>
            </h3>
            <ul className="plain-list small">
              {[...new Set(addresses.map((address) => address.one_line))].slice(0, LISTED).map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </>
        )}
      </section>
      {place && <Surroundings place={place} />}
    </article>
  );
}
