import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
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
const administrators = createRoute({
  getParentRoute: () => inside,
  path: '/administrators',
  component: lazyRouteComponent(() => import('./administrators/Administrators.tsx'), 'Administrators'),
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
    inside.addChildren([home, remoteSupport, administrators, account]),
  ]),
  defaultNotFoundComponent: NotFound,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
