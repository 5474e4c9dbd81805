import { join } from 'node:path';
import type { Clock, Log, Random, Timer } from '@sallyport/protocol/environment';
import type { ListenerAddress } from '../channels/index.ts';
import { fail } from '../errors/index.ts';
import { pauseMs } from '../networkChange/index.ts';
import type { Visit } from '../signIn/index.ts';
import type { AuditFields, Settings } from '../state/index.ts';
import { formatAddress, parseWebAddress } from './address.ts';
import type { CertificateSource } from './certificate.ts';
import type { Listener } from './listener.ts';
import { told, type WebInterface } from './server.ts';
import { filesOf, removeUploads, storeUpload } from './uploads.ts';
import { type Setting, settingSchema, type WebTrialView, type WebWish } from './wish.ts';

/** A change is taken back by itself after so long, unless it is confirmed at the new address. In milliseconds. */
export const confirmWithinMs = 60_000;
/** Connections of the address before end so long after the answer that they may carry. */
const answerMs = 1_000;

export type WebTrialsOptions = {
  readonly web: Pick<WebInterface, 'open' | 'end'>;
  readonly folder: string;
  readonly settings: Pick<Settings, 'get' | 'set'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What is configured: where to listen, files of a certificate, more names. */
  readonly configured: {
    readonly web: ListenerAddress | undefined;
    readonly files: { readonly certificate: string; readonly key: string } | undefined;
    readonly names: readonly string[];
  };
  readonly audit: (event: 'web-changed-1' | 'web-kept-1' | 'web-taken-back-1', fields: AuditFields) => void;
  readonly changed: () => void;
};

type Standing = {
  readonly id: string;
  readonly setting: Setting;
  readonly listener: Listener;
  /** What to listen on again where the new listener took the place of the old one. */
  readonly back: { readonly address: ListenerAddress; readonly setting: Setting } | undefined;
  readonly endsAtMs: number;
  readonly timer: Timer;
};

/**
 * Address and certificate of the web interface, as administrators set them. Nobody locks themselves out: the address of
 * before listens on beside the new one until somebody signs in at the new one and confirms it there; after a minute it
 * is taken back. Nothing is stored before, so a killed agent starts as it was. Where both cannot listen at once, since
 * they are one port, the old one begins again when it is taken back.
 */
export class WebTrials {
  readonly #options: WebTrialsOptions;
  #current: Listener | undefined;
  #setting: Setting;
  #standing: Standing | undefined;
  #last: WebTrialView['last'] = null;
  #beginning = false;
  #takingBack = false;
  /** How often the one of before could not listen again. */
  #failures = 0;
  #again: Timer | undefined;
  #stopped = false;

  constructor(options: WebTrialsOptions) {
    this.#options = options;
    this.#setting = this.#stored() ?? this.#configured();
  }

  /**
   * Listens where it is set to, or where it is configured if that cannot be: an address may be gone with its network.
   *
   * @throws address-in-use, web-certificate-invalid
   */
  async start(): Promise<Listener | undefined> {
    const { configured, log } = this.#options;
    this.#removeUploads();
    try {
      this.#current = await this.#open(this.#setting);
    } catch (error) {
      const plain = this.#configured();
      if (JSON.stringify(plain) === JSON.stringify(this.#setting)) throw error;
      log.error('web-not-as-set-1', { error });
      this.#setting = plain;
      if (configured.web) this.#current = await this.#open(plain);
    }
    return this.#current;
  }

  view(visit?: Visit): WebTrialView {
    const standing = this.#standing;
    const { certificate } = this.#setting;
    return {
      certificate: typeof certificate === 'string' ? certificate : 'uploaded',
      last: this.#last,
      standing: standing
        ? {
            id: standing.id,
            url: told(standing.listener).url,
            fingerprint: standing.listener.certificate?.fingerprint() ?? null,
            leftMs: Math.max(0, Math.round(standing.endsAtMs - this.#options.clock.monotonicMs())),
            here: visit !== undefined && this.#mayConfirm(standing, visit),
          }
        : null,
    };
  }

  /** @throws web-trial-standing, web-address-malformed, web-certificate-invalid, address-in-use */
  async begin(wish: WebWish, by: string): Promise<{ id: string; confirmWithinMs: number; url: string }> {
    const { clock, random, audit, changed } = this.#options;
    if (this.#standing || this.#beginning) throw fail('web-trial-standing');
    this.#beginning = true;
    try {
      const id = Buffer.from(random(8)).toString('hex');
      const setting = this.#settingFor(wish, id);
      const { listener, back } = await this.#listenBeside(setting);
      const timer = clock.after(confirmWithinMs, () => void this.#back());
      const endsAtMs = clock.monotonicMs() + confirmWithinMs;
      this.#standing = { id, setting, listener, back, endsAtMs, timer };
      const { url } = told(listener);
      audit('web-changed-1', { by, url, certificate: this.view().certificate });
      changed();
      return { id, confirmWithinMs, url };
    } catch (error) {
      this.#removeUploads();
      throw error;
    } finally {
      this.#beginning = false;
    }
  }

  /** It stays. Only who reached it there, or root on the device, says so. @throws web-trial-unknown, web-trial-elsewhere */
  async confirm(id: string, visit: Visit): Promise<void> {
    const { web, clock, settings, audit, changed } = this.#options;
    const standing = this.#mustStand(id);
    if (!this.#mayConfirm(standing, visit)) {
      throw fail('web-trial-elsewhere', { details: { url: told(standing.listener).url } });
    }
    const { address } = standing.setting;
    // What is bound: port 0 is another one each time.
    const bound = address === undefined ? {} : { address: formatAddress(standing.listener.at) };
    const setting = { ...standing.setting, ...bound };
    settings.set('web', JSON.stringify(setting));
    standing.timer.cancel();
    const before = this.#current;
    this.#current = standing.listener;
    this.#setting = setting;
    this.#end('kept');
    this.#removeUploads();
    audit('web-kept-1', { by: visit.account?.name, url: told(standing.listener).url });
    if (before && !standing.back) {
      await web.end(before);
      clock.after(answerMs, () => before.cut());
    }
    changed();
  }

  /** @throws web-trial-unknown */
  async takeBack(id: string): Promise<void> {
    this.#mustStand(id);
    await this.#back();
  }

  stop(): void {
    this.#stopped = true;
    this.#standing?.timer.cancel();
    this.#again?.cancel();
  }

  #mustStand(id: string): Standing {
    // What is being taken back does not listen any more: nobody keeps it then.
    if (this.#standing?.id !== id || this.#takingBack) throw fail('web-trial-unknown');
    return this.#standing;
  }

  #mayConfirm({ listener }: Standing, { listener: by, account }: Visit): boolean {
    return by === listener || account?.kind === 'root';
  }

  /** Listens on what is wished; the address of before goes on, unless both are one port. */
  async #listenBeside(setting: Setting): Promise<Pick<Standing, 'listener' | 'back'>> {
    const { web, clock } = this.#options;
    const before = this.#current;
    const wanted = this.#addressOf(setting);
    if (!wanted) throw fail('web-address-malformed', { details: { address: '' } });
    if (!before || !isOnePort(before.at, wanted))
      return { listener: await this.#mustOpen(setting), back: undefined };
    const back = { address: before.at, setting: this.#setting };
    await web.end(before);
    try {
      const listener = await this.#mustOpen(setting);
      // What a browser holds open came by the certificate and address of before: it is to come anew.
      clock.after(answerMs, () => before.cut());
      return { listener, back };
    } catch (error) {
      await this.#listenAgain(before, back);
      throw error;
    }
  }

  /** The one of before listens again where another could not take its place. Never throws: what fails is tried again. */
  async #listenAgain(before: Listener, back: NonNullable<Standing['back']>): Promise<void> {
    if (this.#current !== before) return;
    try {
      this.#current = await this.#openAt(back.address, back.setting);
      this.#failures = 0;
    } catch (error) {
      this.#tryAgain(error, () => this.#comeBack(before, back));
    }
  }

  async #comeBack(before: Listener, back: NonNullable<Standing['back']>): Promise<void> {
    // What is tried meanwhile ends by itself: confirmed it takes the place, taken back it does not.
    if (this.#beginning || this.#standing) {
      return this.#tryAgain(undefined, () => this.#comeBack(before, back));
    }
    this.#beginning = true;
    await this.#listenAgain(before, back);
    this.#beginning = false;
  }

  /** Told once, tried after longer and longer. */
  #tryAgain(error: unknown, act: () => Promise<void>): void {
    if (this.#stopped) return;
    this.#failures += 1;
    if (this.#failures === 1) this.#options.log.error('web-not-taken-back-1', { error });
    this.#again?.cancel();
    this.#again = this.#options.clock.after(pauseMs(this.#failures), () => void act());
  }

  /** Never throws: what fails is tried again. */
  async #back(): Promise<void> {
    const { web, clock, audit } = this.#options;
    const standing = this.#standing;
    if (!standing) return;
    this.#takingBack = true;
    standing.timer.cancel();
    const { listener, back } = standing;
    await web.end(listener);
    try {
      if (back) this.#current = await this.#openAt(back.address, back.setting);
    } catch (error) {
      this.#tryAgain(error, () => this.#back());
      return;
    }
    this.#failures = 0;
    this.#takingBack = false;
    clock.after(answerMs, () => listener.cut());
    audit('web-taken-back-1', { url: told(listener).url });
    this.#end('taken-back');
    this.#removeUploads();
  }

  #end(outcome: 'kept' | 'taken-back'): void {
    const { clock, changed } = this.#options;
    const id = this.#standing?.id ?? '';
    this.#standing = undefined;
    this.#last = { id, outcome, at: new Date(clock.wallMs()).toISOString() };
    changed();
  }

  /** @throws web-address-malformed, web-certificate-invalid */
  #settingFor({ address, certificate }: WebWish, id: string): Setting {
    if (address !== undefined) parseWebAddress(address);
    const where = address ?? this.#setting.address;
    return {
      ...(where === undefined ? {} : { address: where }),
      certificate:
        certificate === undefined
          ? this.#setting.certificate
          : certificate === 'own'
            ? 'own'
            : { uploaded: storeUpload(certificate, id, this.#options) },
    };
  }

  /** Of certificates that nobody uses: of a trial that was taken back, or of before. */
  #removeUploads(): void {
    // What is stored is used again where it could not be listened on at this start.
    const used = [this.#setting, this.#standing?.setting, this.#stored()].flatMap((one) =>
      typeof one?.certificate === 'object' ? [one.certificate.uploaded] : [],
    );
    removeUploads(used, this.#options);
  }

  #addressOf({ address }: Setting): ListenerAddress | undefined {
    return address === undefined ? this.#options.configured.web : parseWebAddress(address);
  }

  async #open(setting: Setting): Promise<Listener | undefined> {
    const address = this.#addressOf(setting);
    return address && this.#openAt(address, setting);
  }

  async #mustOpen(setting: Setting): Promise<Listener> {
    const listener = await this.#open(setting);
    if (!listener) throw fail('web-address-malformed', { details: { address: '' } });
    return listener;
  }

  #openAt(address: ListenerAddress, { certificate }: Setting): Promise<Listener> {
    const { web, folder, configured } = this.#options;
    const own = { own: (name: string) => join(folder, name), names: configured.names };
    const source: CertificateSource =
      typeof certificate === 'object'
        ? filesOf(folder, certificate.uploaded)
        : certificate === 'configured'
          ? (configured.files ?? own)
          : own;
    return web.open(address, source);
  }

  #configured(): Setting {
    return { certificate: this.#options.configured.files ? 'configured' : 'own' };
  }

  #stored(): Setting | undefined {
    const text = this.#options.settings.get('web');
    if (text === undefined) return undefined;
    try {
      const { data } = settingSchema.safeParse(JSON.parse(text));
      if (data?.address !== undefined) parseWebAddress(data.address);
      return data;
    } catch {
      return undefined;
    }
  }
}

/** Whether two addresses cannot be listened on at once. */
function isOnePort(one: ListenerAddress, two: ListenerAddress): boolean {
  const everywhere = (address: string): boolean => address === '0.0.0.0' || address === '::';
  return (
    one.port === two.port &&
    (one.address === two.address || everywhere(one.address) || everywhere(two.address))
  );
}
