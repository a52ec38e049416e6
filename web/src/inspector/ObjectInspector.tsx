// A building or a road: its properties, how sure each derived one is, and what surrounds it.
import { useQuery } from '@tanstack/react-query';
import { objectQuery } from '../api/queries';
import type { Derived, MapObject, Position } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { propertyLabel } from '../i18n/codes';
import { useLocale } from '../i18n/useLocale';
import { ProblemCard } from '../ui/ProblemCard';
import { Skeleton } from '../ui/Skeleton';
import { InspectorHead } from './InspectorHead';
import { Surroundings } from './Surroundings';

const HIDDEN = new Set(['id', 'geometry', 'addresses', 'lng', 'lat', 'name', 'dataset_code', 'source_id', 'regions']);

const isDerived = (value: unknown): value is Derived =>
  typeof value === 'object' && value !== null && ('code' in value || 'value' in value) && 'confidence' in value;

/** Any point of the geometry: good enough to ask what surrounds it. */
function pointOf(object: MapObject): Position | null {
  const { lng, lat } = object as { lng?: unknown; lat?: unknown };
  if (typeof lng === 'number' && typeof lat === 'number') return { lng, lat };
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
  const { choose } = useWorkbench();
  const { t, locale } = useLocale();
  const text = useValueText();
  const object = useQuery(objectQuery(kind === 'road' ? 'roads' : 'buildings', id));
  if (object.error) return <div className="pad"><ProblemCard error={object.error} onRetry={() => void object.refetch()} /></div>;
  if (!object.data) return <Skeleton />;
  const { data } = object;
  const place = pointOf(data);
  const name = typeof data['name'] === 'string' && data['name'] ? data['name'] : null;
  const addresses = data.addresses ?? [];
  const first = addresses[0]?.one_line ?? addresses[0]?.address?.one_line;
  const rows = Object.entries(data).filter(([key, value]) => !HIDDEN.has(key) && !key.endsWith('_confidence') && value !== undefined && !Array.isArray(value));
  return (
    <article data-testid={`${kind}-inspector`}>
      <InspectorHead title={name ?? first ?? t(`inspector.${kind}`)} text={t(`inspector.${kind}`)} place={place} onClose={() => choose(null)} />
      <section className="widget">
        <h3>{t('inspector.properties')}</h3>
        <dl className="facts">
          {rows.map(([key, value]) => {
            const derived = isDerived(value) ? value : null;
            const plain = derived ? ((derived as { value?: unknown }).value ?? derived.code) : value;
            const confidence = derived?.confidence ?? (data[`${key}_confidence`] as Derived['confidence'] | undefined);
            return (
              <div key={key} className="fact">
                <dt>{propertyLabel(locale, key)}</dt>
                <dd>
                  {text(key, plain)}
                  {confidence && plain !== null && <span className="muted"> · {t(`inspector.confidence.${confidence}`)}</span>}
                </dd>
              </div>
            );
          })}
        </dl>
        {addresses.length > 0 && (
          <>
            <h3 className="sub">
              {t('inspector.addressesHere')} <span className="unit">{addresses.length}</span>
            </h3>
            <ul className="plain-list small">
              {addresses.slice(0, 12).map((address) => (
                <li key={address.id}>{address.one_line ?? address.address?.one_line ?? address.id}</li>
              ))}
            </ul>
          </>
        )}
      </section>
      {place && <Surroundings place={place} />}
    </article>
  );
}
