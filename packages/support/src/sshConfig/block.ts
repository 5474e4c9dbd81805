/** Quotes a word for the shell that `ssh` starts a ProxyCommand with. */
const forShell = (word: string): string =>
  /^[A-Za-z0-9_./@:+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
/** Quotes a word for the words that `ssh` itself splits (KnownHostsCommand, ControlPath). */
const forSsh = (word: string): string =>
  /^[A-Za-z0-9_./@:+,-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`;
/** A percent sign begins a token of `ssh`; two are one. */
const literal = (text: string): string => text.replaceAll('%', '%%');

export type SshConfigPlaces = {
  /** Absolute path of the program `sallyport`; `sallyport-known-host` lies beside it. */
  readonly program: string;
  /** Absolute path of the data folder. */
  readonly data: string;
  /** Absolute path of the 0700 folder for shared connections; see `controlFolder`. */
  readonly control: string;
};

/**
 * What `~/.ssh/config` includes first (design, section 7). Each option is here for a reason:
 *
 * - the host key comes from the pin, told inside the session, and from nowhere else: a new grant under the same port
 *   number is no changed host, and nobody is asked "are you sure";
 * - authentication is `none`: the session says who is there, so none of the person's keys is offered to the device;
 * - the host name is quoted for the shell, and one with a quote in it (which `ssh` before 9.6 takes) is nobody of ours;
 * - nothing of this computer is reachable from the device: no agent, no X11, no local command;
 * - `ServerAliveInterval 0`: a session that is suspended for an hour goes on afterwards;
 * - `LogLevel ERROR`: no farewell, and no warning of OpenSSH 10 about the key exchange, which here runs inside two
 *   layers of TLS 1.3 with X25519MLKEM768. (`WarnWeakCrypto` would stop an older `ssh` for every host, since an unknown
 *   option is an error even in a block that does not apply, and `IgnoreUnknown` is not heeded in such a block.)
 */
export function sshConfigBlock({ program, data, control }: SshConfigPlaces): string {
  const options: readonly (readonly [string, string])[] = [
    ['ProxyCommand', `${literal(`${forShell(program)} proxy --data ${forShell(data)}`)} -- '%h'`],
    ['KnownHostsCommand', `${literal(`${forSsh(`${program}-known-host`)} ${forSsh(data)}`)} %H %I %t %K`],
    ['UserKnownHostsFile', 'none'],
    ['GlobalKnownHostsFile', 'none'],
    ['StrictHostKeyChecking', 'yes'],
    ['HostKeyAlgorithms', 'ssh-ed25519'],
    ['CheckHostIP', 'no'],
    ['VerifyHostKeyDNS', 'no'],
    ['UpdateHostKeys', 'no'],
    ['CanonicalizeHostname', 'no'],
    ['User', 'support'],
    ['IdentityFile', 'none'],
    ['IdentityAgent', 'none'],
    ['PreferredAuthentications', 'none'],
    ['PubkeyAuthentication', 'no'],
    ['PasswordAuthentication', 'no'],
    ['KbdInteractiveAuthentication', 'no'],
    ['GSSAPIAuthentication', 'no'],
    ['HostbasedAuthentication', 'no'],
    ['ForwardAgent', 'no'],
    ['ForwardX11', 'no'],
    ['PermitLocalCommand', 'no'],
    ['ControlMaster', 'auto'],
    ['ControlPath', forSsh(`${literal(control)}/%C`)],
    ['ControlPersist', 'no'],
    ['ServerAliveInterval', '0'],
    ['ConnectTimeout', 'none'],
    ['Compression', 'no'],
    ['LogLevel', 'ERROR'],
  ];
  return [
    '# Sallyport: ssh, scp, sftp, rsync, git and Ansible through grants: ssh 40123.sallyport',
    '# Include this file at the top of ~/.ssh/config: of each option ssh keeps the first value.',
    "Host *.sallyport !*\\'*",
    ...options.map(([name, value]) => `  ${name} ${value}`),
    '',
  ].join('\n');
}
