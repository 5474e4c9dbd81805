import { z } from 'zod';
import { connectionTestSchema } from '../connectionTest/index.ts';
import { trialSchema } from '../networkChange/index.ts';
import { webTrialSchema } from '../web/wish.ts';
import { accountOf, type FileRoute, type Route, type StreamRoute } from './route.ts';
import { administratorRoutes } from './routes/administrators.ts';
import { grantRoutes } from './routes/grant.ts';
import { historyRoutes, reportRoutes } from './routes/history.ts';
import { networkRoutes } from './routes/network.ts';
import { peopleRoutes } from './routes/people.ts';
import { recordingFileRoutes, recordingRoutes } from './routes/recordings.ts';
import { settingsRoutes } from './routes/settings.ts';
import { meRoutes, signInRoutes } from './routes/signIn.ts';
import { stateRoutes } from './routes/state.ts';
import { webRoutes } from './routes/web.ts';
import { statusSchema } from './schemas.ts';
import { showTerminal, terminalEvents } from './terminalView.ts';

/** Every route of the API that answers in JSON; `/v1/openapi.json` describes them all. */
export const routes: readonly Route[] = [
  ...stateRoutes,
  ...grantRoutes,
  ...peopleRoutes,
  ...signInRoutes,
  ...meRoutes,
  ...administratorRoutes,
  ...settingsRoutes,
  ...networkRoutes,
  ...webRoutes,
  ...recordingRoutes,
  ...historyRoutes,
];

/** Every route that answers with a file. */
export const fileRoutes: readonly FileRoute[] = [...recordingFileRoutes, ...reportRoutes];

/** Every route that answers with server-sent events. */
export const streamRoutes: readonly StreamRoute[] = [
  {
    path: '/v1/events',
    summary:
      'Live state: `snapshot`, then `status` at each change; `connection-test` as a test goes on; `network-trial` and `web-trial` when a change of the network or the web interface begins or ends; each carries all of it',
    consent: false,
    events: {
      snapshot: statusSchema,
      status: statusSchema,
      'connection-test': connectionTestSchema,
      'network-trial': trialSchema,
      'web-trial': webTrialSchema,
      alive: z.object({}),
    },
    serve: ({ events }, response) => events.serve(response),
  },
  {
    path: '/v1/sessions/:id/channels/:channel/terminal',
    summary:
      'What a terminal shows: `screen`, then `output` as it comes; the representative is told that it is watched',
    consent: true,
    events: terminalEvents,
    serve({ agent, clock }, response, { id = '', channel = '' }, visit) {
      showTerminal(response, agent.terminal(id, Number(channel), accountOf(visit).name), clock);
    },
  },
];
