// The two panels beside the map: layers and filters, figures and details.
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarRightCollapse } from '@tabler/icons-react';
import { FiltersPanel } from '../filters/FiltersPanel';
import { useLocale } from '../i18n/useLocale';
import { Inspector } from '../inspector/Inspector';
import { LayersPanel } from '../layers/LayersPanel';
import { PivotPanel } from '../pivot/PivotPanel';
import { Tabs } from '../ui/Tabs';
import { WidgetsPanel } from '../widgets/WidgetsPanel';
import { useWorkbench } from './workbench';

export function LeftPanel({ onClose }: { onClose: () => void }) {
  const { leftTab, setLeftTab, filter } = useWorkbench();
  const { t } = useLocale();
  return (
    <aside className="side left" aria-label={t('panel.left')}>
      <Tabs
        label={t('panel.left')}
        value={leftTab}
        onChange={setLeftTab}
        tabs={[
          { value: 'layers', label: t('panel.layers') },
          { value: 'filters', label: t('panel.filters'), badge: filter.definition.conditions.length },
        ]}
        after={
          <button type="button" className="ib tab-close" aria-label={t('panel.hideLeft')} title={t('panel.hideLeft')} onClick={onClose}>
            <IconLayoutSidebarLeftCollapse size={16} />
          </button>
        }
      >
        {leftTab === 'layers' ? <LayersPanel /> : <FiltersPanel />}
      </Tabs>
    </aside>
  );
}

export function RightPanel({ onClose }: { onClose: () => void }) {
  const { tab, setTab } = useWorkbench();
  const { t } = useLocale();
  return (
    <aside className="side right" aria-label={t('panel.right')}>
      <Tabs
        label={t('panel.right')}
        value={tab}
        onChange={setTab}
        tabs={[
          { value: 'widgets', label: t('panel.widgets') },
          { value: 'pivot', label: t('panel.pivot') },
          { value: 'inspector', label: t('panel.inspector') },
        ]}
        after={
          <button type="button" className="ib tab-close" aria-label={t('panel.hideRight')} title={t('panel.hideRight')} onClick={onClose}>
            <IconLayoutSidebarRightCollapse size={16} />
          </button>
        }
      >
        {tab === 'widgets' ? <WidgetsPanel /> : tab === 'pivot' ? <PivotPanel /> : <Inspector />}
      </Tabs>
    </aside>
  );
}
