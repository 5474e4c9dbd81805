import type { Grant, Scene } from './scene.ts';
import { type Play, prove } from './steps.ts';

/** Exit codes of `exec`'s own failures are the common ones plus 250 (design of the commands). */
const refusedByExec = 253;
const refused = 3;

/** Enable; a wrong password; pairing; a command; who may not. @returns the grant that the other steps use */
export async function entrySteps(play: Play, { stage, erin, mallory, echo }: Scene): Promise<Grant> {
  let grant: Grant | undefined;
  await play('Before Enable nobody can enter', async () => {
    const { status } = await stage.sallyport(erin, ['exec', '40000', '--', 'true'], {
      env: { SALLYPORT_OTP: '000-000-000' },
    });
    prove(status === refusedByExec, `exec ended with ${status}, not ${refusedByExec}`);
    return 'Remote Support is off until an administrator enables it';
  });
  await play('Enable Remote Support', async () => {
    const allow = `terminal,files:write,web,tcp:127.0.0.1:${echo.port}`;
    grant = await stage.enable(['--for', '1h', '--allow', allow, '--reference', 'TOUR-1', '--wait', '20']);
    prove(/^\d{3}-\d{3}-\d{3}$/.test(grant.otp), 'no one-time password of nine digits');
    return `port number ${grant.port}, a one-time password of nine digits, ends at ${grant.endsAt}`;
  });
  if (!grant) throw new Error('no grant');
  const open = grant;
  const port = String(open.port);
  const wrong = open.otp === '111-111-111' ? '222-222-222' : '111-111-111';
  await play('A wrong one-time password is refused', async () => {
    const { status, stdout } = await stage.sallyport(erin, ['pair', port, '--json'], {
      env: { SALLYPORT_OTP: wrong },
    });
    prove(status === refused && stdout.includes('otp-wrong'), `pair ended with ${status}: ${stdout}`);
    return 'the device counted one failure; the relay saw neither password';
  });
  await play('Pairing with the right one', async () => {
    const { status, stderr } = await stage.sallyport(erin, ['pair', port], {
      env: { SALLYPORT_OTP: open.otp },
    });
    prove(status === 0, `pair ended with ${status}: ${stderr}`);
    const { stdout } = await stage.device(['status', '--json']);
    const { otp } = JSON.parse(stdout) as { otp: string };
    prove(otp === 'spent', `the password is ${otp}, not spent`);
    return 'proved end to end by CPace; the password is spent, and not needed again by this key';
  });
  await play('A command, and its exit status', async () => {
    const { status, stdout } = await stage.sallyport(erin, [
      'exec',
      port,
      '--',
      'echo "$SALLYPORT_REPRESENTATIVE"; exit 7',
    ]);
    prove(status === 7, `the status was ${status}, not 7`);
    prove(stdout.trim() === 'erin@maker.example', `the device believes that "${stdout.trim()}" is there`);
    return 'ran on the device, which knows that it was erin@maker.example; status 7 came back';
  });
  await play('A second representative cannot use the spent password', async () => {
    const { status, stdout } = await stage.sallyport(mallory, ['pair', port, '--json'], {
      env: { SALLYPORT_OTP: open.otp },
    });
    prove(status === refused && stdout.includes('otp-none'), `pair ended with ${status}: ${stdout}`);
    return 'no live password, no entry, although their certificate is good';
  });
  await play('What was not allowed is refused', async () => {
    const { status, stderr } = await stage.sallyport(erin, ['forward', port, '0:127.0.0.1:1', '--json'], {
      timeoutMs: 10_000,
    });
    prove(status === refused, `forward ended with ${status}: ${stderr}`);
    return 'tcp:127.0.0.1:1 is not among the scopes of this grant';
  });
  return open;
}
