// What is chosen on the map or in the table.
import { IconPointer } from '@tabler/icons-react';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { Empty } from '../ui/Empty';
import { AccountInspector } from './AccountInspector';
import { ObjectInspector } from './ObjectInspector';
import { PlaceInspector } from './PlaceInspector';
import { RegionInspector } from './RegionInspector';

export function Inspector() {
  const { chosen } = useWorkbench();
  const { t } = useLocale();
  switch (chosen?.kind) {
    case 'account':
      return <AccountInspector id={chosen.id} />;
    case 'building':
    case 'road':
      return <ObjectInspector kind={chosen.kind} id={chosen.id} />;
    case 'region':
      return <RegionInspector level={chosen.level} code={chosen.code} />;
    case 'place':
      return <PlaceInspector place={chosen} />;
    default:
      return <Empty icon={<IconPointer size={18} />} title={t('inspector.empty')} text={t('inspector.emptyText')} />;
  }
}
