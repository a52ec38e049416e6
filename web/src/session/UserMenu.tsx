// Who is signed in, and the way out.
import { Menu } from '@mantine/core';
import { IconKeyboard, IconLogout } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { api } from '../api/client';
import { queryClient, sessionQuery } from '../api/queries';
import type { User } from '../api/types';
import { useLocale } from '../i18n/useLocale';

export const initials = (name: string): string =>
  name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .filter((letter) => letter === letter.toUpperCase())
    .slice(0, 2)
    .join('') || name.slice(0, 1).toUpperCase();

export function UserMenu({ user, onShortcuts }: { user: User; onShortcuts: () => void }) {
  const { t } = useLocale();
  const navigate = useNavigate();
  const leave = async () => {
    await api.DELETE('/api/v1/session').catch(() => null);
    queryClient.clear();
    await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => null);
    await navigate({ to: '/sign-in', search: {} });
  };
  return (
    <Menu position="bottom-end" shadow="none" withinPortal withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button type="button" className="avatar" aria-label={`${initials(user.name)}, ${t('app.account', { name: user.name })}`} title={user.name} data-testid="user-menu">
          {initials(user.name)}
        </button>
      </Menu.Target>
      <Menu.Dropdown className="menu">
        <div className="menu-head">
          <div className="strong">{user.name}</div>
          <div className="small muted">{user.email}</div>
          <div className="small muted">
            {t(`app.role.${user.role}`)}
            {user.territories.length > 0 && ` · ${t('app.territories', { list: user.territories.join(', ') })}`}
          </div>
        </div>
        <Menu.Item className="menu-row" leftSection={<IconKeyboard size={16} />} onClick={onShortcuts}>
          {t('app.shortcuts')}
        </Menu.Item>
        <Menu.Item className="menu-row" leftSection={<IconLogout size={16} />} data-testid="sign-out" onClick={() => void leave()}>
          {t('app.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
