import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { fileRoutes, routes, streamRoutes } from '../api/routes.ts';
import type { ChannelSession } from '../channels/index.ts';
import { aSession, password, type WebScene, webScene } from './testing.ts';

/** All that a session may use; a route that is not named here has to be consent. */
const openToSessions = [
  'GET /v1/administrators',
  'GET /v1/audit',
  'GET /v1/choices',
  'GET /v1/connection-test',
  'GET /v1/events',
  'GET /v1/me',
  'GET /v1/network',
  'GET /v1/history/grants',
  'GET /v1/history/grants/:id',
  'GET /v1/history/grants/:id/report',
  'GET /v1/receipts/:id',
  'GET /v1/recordings',
  'GET /v1/recordings/:id',
  'GET /v1/recordings/:id/about',
  'GET /v1/recordings/:id/verify',
  'GET /v1/network/trial',
  'GET /v1/settings',
  'GET /v1/sign-ins',
  'GET /v1/status',
  'GET /v1/web/trial',
  'POST /v1/sign-in',
  'POST /v1/sign-out',
];
/** What is answered to nobody in particular. */
const openToStrangers = ['GET /v1/me', 'POST /v1/set-up', 'POST /v1/sign-in', 'POST /v1/sign-out'];

type Tried = {
  readonly method: string;
  readonly path: string;
  readonly name: string;
  readonly stream: boolean;
};
const all = [
  ...routes.map((route) => ({ ...route, stream: false })),
  ...fileRoutes.map((route) => ({ ...route, method: 'GET', stream: false })),
  ...streamRoutes.map((route) => ({ ...route, method: 'GET', stream: true })),
].map((route) => ({ ...route, name: `${route.method} ${route.path}` }));

const session = aSession();
let scene: WebScene;
before(async () => {
  scene = await webScene({ openGrant: true });
  await scene.listen();
  const { administrators } = scene.state;
  await administrators.add('alice', password, 1);
  await administrators.add('guest', password, 1, { grant: scene.grantId });
  const now = { bootId: 'boot-a', bootMs: performance.now() + 1e12, wallMs: Date.now() };
  await administrators.add('nightshift', password, 1, { span: { ...now, leftMs: 1e9, capMs: 1e9 } });
});
after(() => scene.close());

/** The code of the refusal; undefined if the route let the caller in. A body that is no JSON keeps it from doing anything. */
async function refusal(
  tried: Tried,
  name: string | undefined,
  through?: ChannelSession,
): Promise<string | undefined> {
  const token = name && scene.subject.signIn.visits.begin(name, through);
  const { address, port } = scene.web.listening() ?? { address: '', port: 0 };
  const host = through ? 'd1.localhost:8000' : `${address}:${port}`;
  const asked = httpRequest({
    createConnection: () => (through ? scene.web.connect(through) : connect(port, address)),
    method: tried.method,
    path: tried.path.replaceAll(/:\w+/g, 'x'),
    headers: {
      host,
      origin: `http://${host}`,
      connection: 'close',
      ...(token ? { cookie: `__Host-sallyport=${token}` } : {}),
      ...(tried.method === 'GET' ? {} : { 'content-type': 'application/json', 'content-length': '1' }),
    },
  });
  asked.on('error', () => {});
  asked.end(tried.method === 'GET' ? undefined : '{');
  const answer = await new Promise<IncomingMessage>((resolve) => asked.once('response', resolve));
  if (answer.statusCode === 200) {
    answer.destroy();
    return undefined;
  }
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  const { code } = (JSON.parse(text) as { error: { code: string } }).error;
  return /^(sign-in-needed|consent-|origin-|host-)/.test(code) ? code : undefined;
}

describe('every route of the web interface', () => {
  for (const route of all) {
    const { name, consent } = route;
    const forSessions = openToSessions.includes(name);

    it(`${forSessions ? 'may' : 'may not'} be used through a session, by whatever account: ${name}`, async () => {
      const expected = forSessions ? undefined : 'consent-read-only';
      for (const account of [undefined, 'alice', 'guest', 'nightshift']) {
        assert.equal(await refusal(route, account, session), expected, account ?? 'the representative');
      }
    });
    it(`${openToStrangers.includes(name) ? 'answers' : 'does not answer'} who is not signed in: ${name}`, async () => {
      const expected = openToStrangers.includes(name) ? undefined : 'sign-in-needed';
      assert.equal(await refusal(route, undefined), expected);
      const over = aSession({ allowed: () => false });
      if (forSessions && expected) assert.equal(await refusal(route, undefined, over), expected);
    });
    it(`is for administrators, of whom temporary ones may less: ${name}`, async () => {
      assert.equal(await refusal(route, 'alice'), undefined);
      const decides = consent && !route.open ? 'consent-temporary' : undefined;
      for (const temporary of ['guest', 'nightshift']) assert.equal(await refusal(route, temporary), decides);
    });
  }

  it('is in the lists of this test by a name that it has', () => {
    const names = all.map(({ name }) => name);
    assert.deepEqual(
      [...openToSessions, ...openToStrangers].filter((name) => !names.includes(name)),
      [],
    );
  });
});
