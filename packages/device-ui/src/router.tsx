import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { filterOf, type GrantFilter } from './history/grants.ts';
import { type Kind, kinds } from './history/sentence.ts';
import { RemoteSupport } from './remoteSupport/RemoteSupport.tsx';
import { Inside } from './shell/Inside.tsx';
import { NotFound } from './shell/NotFound.tsx';

const root = createRootRoute({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('./signIn/SignIn.tsx'), 'SignIn'),
  /** `to`: where somebody wanted to go, a page of this interface and nothing else. */
  validateSearch: ({ to }: Record<string, unknown>): { to?: string } =>
    typeof to === 'string' && /^(\/[\w-]+)+$/.test(to) ? { to } : {},
});
const setUp = createRoute({
  getParentRoute: () => root,
  path: '/set-up',
  component: lazyRouteComponent(() => import('./signIn/SetUp.tsx'), 'SetUp'),
});

const inside = createRoute({ getParentRoute: () => root, id: 'inside', component: Inside });
const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/remote-support', replace: true });
  },
});
const remoteSupport = createRoute({
  getParentRoute: () => inside,
  path: '/remote-support',
  component: RemoteSupport,
});
const connectionTest = createRoute({
  getParentRoute: () => inside,
  path: '/connection-test',
  component: lazyRouteComponent(() => import('./connectionTest/TestConnection.tsx'), 'TestConnection'),
});
const history = createRoute({
  getParentRoute: () => inside,
  path: '/history',
  component: lazyRouteComponent(() => import('./history/History.tsx'), 'History'),
  validateSearch: (search: Record<string, unknown>): GrantFilter => filterOf(search),
});
const log = createRoute({
  getParentRoute: () => inside,
  path: '/history/log',
  component: lazyRouteComponent(() => import('./history/AuditLog.tsx'), 'AuditLog'),
  validateSearch: ({ show }: Record<string, unknown>): { show?: Kind } => {
    const kind = kinds.find((one) => one === show);
    return kind === undefined || kind === 'all' ? {} : { show: kind };
  },
});
const grant = createRoute({
  getParentRoute: () => inside,
  path: '/history/grants/$grant',
  component: lazyRouteComponent(() => import('./history/GrantPage.tsx'), 'GrantPage'),
});
/** Reached by loading the page anew: only its own policy lets the player run (`device/src/web/headers.ts`). */
const replay = createRoute({
  getParentRoute: () => inside,
  path: '/history/recordings/$recording',
  component: lazyRouteComponent(() => import('./replay/ReplayPage.tsx'), 'ReplayPage'),
});
const administrators = createRoute({
  getParentRoute: () => inside,
  path: '/administrators',
  component: lazyRouteComponent(() => import('./administrators/Administrators.tsx'), 'Administrators'),
});
const network = createRoute({
  getParentRoute: () => inside,
  path: '/network',
  component: lazyRouteComponent(() => import('./network/NetworkPage.tsx'), 'NetworkPage'),
});
const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/SettingsPage.tsx'), 'SettingsPage'),
});
const account = createRoute({
  getParentRoute: () => inside,
  path: '/account',
  component: lazyRouteComponent(() => import('./account/OwnAccount.tsx'), 'OwnAccount'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    setUp,
    inside.addChildren([
      home,
      remoteSupport,
      connectionTest,
      history,
      log,
      grant,
      replay,
      administrators,
      network,
      settings,
      account,
    ]),
  ]),
  defaultNotFoundComponent: NotFound,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
