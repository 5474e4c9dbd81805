/**
 * An open process of the CLI, with all code loaded: on a message over IPC it runs `exec PORT -- LINE` as a fresh start
 * would, and prints what that prints.
 */
import { exec } from '../../packages/support/src/commands/exec.ts';

// What `exec` loads when it is needed.
await import('../../packages/support/src/session/index.ts');

type Order = { readonly port: string; readonly otp: string; readonly data: string; readonly line: string };

process.once('message', (order: Order) => {
  process.disconnect();
  process.env['SALLYPORT_OTP'] = order.otp;
  exec(order.port, [order.line], { data: order.data }).then(
    () => process.exit(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.send?.('open');
