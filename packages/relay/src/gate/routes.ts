import type { Role } from '@sallyport/protocol/identity';

/** One way into the relay, and who may take it. */
export type Route = {
  readonly method: 'GET' | 'POST';
  /** As Fastify writes it; `:name` stands for one segment. */
  readonly path: string;
  readonly who: 'anyone' | readonly Exclude<Role, 'relay'>[];
  /** The protocol of `Upgrade:` that this route is for. One without is answered as plain HTTP. */
  readonly upgrade?: 'websocket' | 'sallyport-session';
  /** Whether a certificate that ran out less than 30 days ago is taken too. */
  readonly expired?: true;
};

/**
 * The relay's routes, all of them. What is not here does not exist, and a route names its identities or does not
 * compile. Three have none: health, and the two that carry a secret instead (design, section 3).
 */
export const routes = {
  health: { method: 'GET', path: '/v1/health', who: 'anyone' },
  enrolments: { method: 'POST', path: '/v1/enrolments', who: 'anyone' },
  logins: { method: 'POST', path: '/v1/logins', who: 'anyone' },
  renewals: { method: 'POST', path: '/v1/renewals', who: ['device', 'representative'], expired: true },
  whoami: { method: 'GET', path: '/v1/whoami', who: ['device', 'representative'] },
  grants: { method: 'GET', path: '/v1/grants', who: ['representative'] },
  tunnel: { method: 'GET', path: '/v1/tunnel', who: ['device'], upgrade: 'websocket' },
  knock: {
    method: 'GET',
    path: '/v1/grants/:port/session',
    who: ['representative'],
    upgrade: 'sallyport-session',
  },
  hold: { method: 'GET', path: '/v1/hold', who: ['device'], upgrade: 'sallyport-session' },
  dialBack: { method: 'GET', path: '/v1/sessions/:ticket', who: ['device'], upgrade: 'sallyport-session' },
} as const satisfies { readonly [name: string]: Route };

export type RouteName = keyof typeof routes;

/** The route of a request for an upgrade, with what stands for its `:name`; undefined if there is none. */
export function findUpgrade(
  method: string | undefined,
  url: string | undefined,
  protocol: string | undefined,
): { readonly name: RouteName; readonly route: Route; readonly parameter: string } | undefined {
  const path = (url ?? '').split('?', 1)[0] ?? '';
  const segments = path.split('/');
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    if (route.upgrade === undefined || route.upgrade !== protocol?.toLowerCase() || route.method !== method)
      continue;
    const wanted = route.path.split('/');
    if (wanted.length !== segments.length) continue;
    let parameter = '';
    const matches = wanted.every((segment, index) => {
      if (!segment.startsWith(':')) return segment === segments[index];
      parameter = segments[index] ?? '';
      return parameter !== '';
    });
    if (matches) return { name, route, parameter };
  }
  return undefined;
}
