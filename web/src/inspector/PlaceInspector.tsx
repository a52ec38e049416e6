// Any place of the map: its nearest address and what surrounds it.
import { useQuery } from '@tanstack/react-query';
import { surroundingsQuery } from '../api/queries';
import type { Position } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { InspectorHead } from './InspectorHead';
import { Surroundings } from './Surroundings';

export function PlaceInspector({ place }: { place: Position }) {
  const { choose, radiusM } = useWorkbench();
  const { t, format } = useLocale();
  const around = useQuery(surroundingsQuery(place.lng, place.lat, radiusM));
  const address = around.data?.address;
  const where = (around.data?.regions ?? []).map((region) => region.name);
  return (
    <article data-testid="place-inspector">
      <InspectorHead
        title={address?.address.one_line ?? t('inspector.place')}
        text={[address && format.distance(address.distance_m), where.at(-1)].filter(Boolean).join(' · ')}
        place={place}
        onClose={() => choose(null)}
      />
      <Surroundings place={place} />
    </article>
  );
}
