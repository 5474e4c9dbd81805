import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { type Kind, kinds } from './history/sentence.ts';
import { RemoteSupport } from './remoteSupport/RemoteSupport.tsx';
import { Inside } from './shell/Inside.tsx';
import { NotFound } from './shell/NotFound.tsx';
import { SetUp } from './signIn/SetUp.tsx';
import { SignIn } from './signIn/SignIn.tsx';

const root = createRootRoute({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: SignIn,
  /** `to`: where somebody wanted to go, a page of this interface and nothing else. */
  validateSearch: ({ to }: Record<string, unknown>): { to?: string } =>
    typeof to === 'string' && /^\/[a-z-]+$/.test(to) ? { to } : {},
});
const setUp = createRoute({ getParentRoute: () => root, path: '/set-up', component: SetUp });

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
  validateSearch: ({ show }: Record<string, unknown>): { show?: Kind } => {
    const kind = kinds.find((one) => one === show);
    return kind === undefined || kind === 'all' ? {} : { show: kind };
  },
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
