/** `npm run build`: the programs and the web interface, as far as they are not built yet. Quick when there is nothing to do. */
import { buildPrograms } from './build/programs.ts';
import { buildUi } from './build/ui.ts';

await buildPrograms();
await buildUi('device-ui');
