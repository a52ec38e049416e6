// The pages and who may open them: set-up and sign-in for everyone, the map for a signed-in user. Search
// parameters stay plain strings, so that a shared link is readable.
import {
  Outlet,
  createRootRoute,
  createRoute,
  createRouter,
  redirect,
} from '@tanstack/react-router';
import { queryClient, sessionQuery } from '../api/queries';
import { ErrorPage } from './ErrorPage';
import { NotFoundPage } from './NotFoundPage';
import { SetupPage } from '../session/SetupPage';
import { SignInPage } from '../session/SignInPage';
import { parseMapSearch } from '../url/mapSearch';
import { MapPage } from './MapPage';

const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: ErrorPage,
});

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/map', search: {} });
  },
});

const mapRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/map',
  validateSearch: parseMapSearch,
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery).catch(() => null);
    if (session && !session.user) {
      throw redirect({ to: '/sign-in', search: { next: location.href } });
    }
  },
  component: MapPage,
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  component: SetupPage,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search['next'] === 'string' ? { next: search['next'] } : {},
  component: SignInPage,
});

const parseSearch = (text: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(text));

const stringifySearch = (search: Record<string, unknown>): string => {
  const entries = Object.entries(search).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  // Slashes and commas are legal in a query and keep the link readable.
  const text = new URLSearchParams(entries).toString().replaceAll('%2C', ',').replaceAll('%2F', '/').replaceAll('%3A', ':');
  return text ? `?${text}` : '';
};

export const router = createRouter({
  routeTree: rootRoute.addChildren([homeRoute, mapRoute, setupRoute, signInRoute]),
  parseSearch,
  stringifySearch,
  defaultPreload: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
