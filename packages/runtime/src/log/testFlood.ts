/** Logs more than a pipe and the log itself hold, says on standard output that it is done, and waits for the end of its input. */
import { createLog } from './index.ts';

const log = createLog({ name: 'sallyport-relay' });
const line = 'x'.repeat(200);
for (let count = 0; count < 20_000; count += 1) log.info('flood-1', { count, line });
process.stdout.write('done\n');
process.stdin.on('data', () => {}).once('end', () => process.exit(0));
