import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { RemoteSupport } from './remoteSupport/RemoteSupport.tsx';
import { Shell } from './shell/Shell.tsx';

const root = createRootRoute({ component: Shell });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/remote-support' });
  },
});
const remoteSupport = createRoute({
  getParentRoute: () => root,
  path: '/remote-support',
  component: RemoteSupport,
});

export const router = createRouter({ routeTree: root.addChildren([home, remoteSupport]) });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
