import { fail, type SallyportError } from '@sallyport/protocol/errors';
import type { GrantId } from '@sallyport/protocol/grant';
import type { ToDevice } from '@sallyport/protocol/tunnel';
import { tunnelsPerDevice } from '../limits.ts';

/** What the hub needs of a tunnel. */
export interface HubTunnel {
  readonly device: string;
  /** None until it was opened. */
  readonly epoch: number | undefined;
  readonly grant: GrantId | undefined;
  send(message: ToDevice): void;
  /** Says why, and closes. */
  end(error: SallyportError): void;
}

/**
 * The tunnels of this node. A tunnel is here from its handshake until it is closed, opened or not, so that a removal
 * finds it in between. Of the opened ones there is one for each device, the one with the newest epoch.
 */
export class TunnelHub {
  readonly #all = new Map<string, Set<HubTunnel>>();
  readonly #opened = new Map<string, HubTunnel>();
  /** Epochs of newer tunnels elsewhere, for devices that have a tunnel here which is not opened yet. */
  readonly #elsewhere = new Map<string, number>();

  get size(): number {
    let size = 0;
    for (const tunnels of this.#all.values()) size += tunnels.size;
    return size;
  }

  /** Above the cap for one device, its oldest tunnel ends. */
  add(tunnel: HubTunnel): void {
    const tunnels = this.#all.get(tunnel.device);
    if (!tunnels) {
      this.#all.set(tunnel.device, new Set([tunnel]));
      return;
    }
    tunnels.add(tunnel);
    const [oldest] = tunnels;
    if (tunnels.size > tunnelsPerDevice) oldest?.end(fail('tunnel-superseded'));
  }

  remove(tunnel: HubTunnel): void {
    const { device } = tunnel;
    const tunnels = this.#all.get(device);
    tunnels?.delete(tunnel);
    if (this.#opened.get(device) === tunnel) this.#opened.delete(device);
    if (tunnels?.size !== 0) return;
    this.#all.delete(device);
    this.#elsewhere.delete(device);
  }

  /** A tunnel has its epoch now. Ends the older of two; false if that is the new one. */
  opened(tunnel: HubTunnel, epoch: number): boolean {
    if (!this.#all.get(tunnel.device)?.has(tunnel)) return false;
    const other = this.#opened.get(tunnel.device);
    const newest = Math.max(other?.epoch ?? -1, this.#elsewhere.get(tunnel.device) ?? -1);
    if (newest > epoch) {
      tunnel.end(fail('tunnel-superseded'));
      return false;
    }
    this.#opened.set(tunnel.device, tunnel);
    if (other && other !== tunnel) other.end(fail('tunnel-superseded'));
    return true;
  }

  /** Another node has a tunnel of the device with this epoch. */
  moved(device: string, epoch: number): void {
    const own = this.#opened.get(device);
    if (own && (own.epoch ?? -1) < epoch) own.end(fail('tunnel-superseded'));
    if (!this.#all.has(device)) return;
    this.#elsewhere.set(device, Math.max(epoch, this.#elsewhere.get(device) ?? -1));
  }

  /** The opened tunnel of a device. */
  get(device: string): HubTunnel | undefined {
    return this.#opened.get(device);
  }

  devices(): string[] {
    return [...this.#opened.keys()];
  }

  /** Tells all opened tunnels. */
  broadcast(message: ToDevice): void {
    for (const tunnel of this.#opened.values()) tunnel.send(message);
  }

  /** Ends every tunnel that `matches`. */
  end(error: SallyportError, matches: (tunnel: HubTunnel) => boolean): void {
    for (const tunnels of [...this.#all.values()]) {
      for (const tunnel of [...tunnels]) if (matches(tunnel)) tunnel.end(error);
    }
  }
}
