/**
 * What the device's refusals and troubles are called on its pages, by their code; `{name}` is a detail of that name.
 * A code that is missing here is shown as the device says it.
 */
export const enErrors = {
  'device-unreachable': {
    text: 'The device does not answer.',
    next: 'Check that this computer still reaches it, and try again.',
  },
  'not-enrolled': {
    text: 'This device is not enrolled with its maker yet.',
    next: 'Ask the maker for a token, and run on the device: sallyport-device enroll TOKEN',
  },
  'already-enabled': { text: 'Remote Support is enabled already.', next: 'This page shows it in a moment.' },
  'recording-unknown': {
    text: 'There is no such recording here.',
    next: 'It may have been removed since: look at the list again.',
  },
  'recording-not-opened': {
    text: 'This recording cannot be read at the moment: {reason}.',
    next: 'Try again; if it stays so, look at the disk of the device.',
  },
  'not-enabled': {
    text: 'Remote Support is not enabled any more.',
    next: 'Enable it again if you still need it.',
  },
  'run-as-missing': {
    text: 'Terminals and files are not possible on this device: no user is set up for them.',
    next: 'Leave them out, or ask the maker.',
  },
  'run-as-same-user': {
    text: "Terminals and files run as the device agent's own user: whoever is let in with them could change Remote Support itself.",
    next: 'The maker can set up a user of its own for them (--run-as).',
  },
  'otp-replaced': {
    text: 'The device was restarted: the one-time password that was shown before is worth nothing any more.',
    next: 'Read out the new one.',
  },
  'port-number-changed': {
    text: 'The port number had to change: {reason}.',
    next: 'Read out the new one.',
  },
  'representative-revoked': {
    text: 'The maker revoked {representative}: {reason}. They are out, and cannot come back with this key.',
    next: 'Ask the maker what it means for you. What they did until then is in the history.',
  },
  'clock-wrong': {
    text: "This device's clock is {off}. Remote Support works all the same.",
    next: 'Set the clock, or let it be set by the network (NTP).',
  },
  'state-unwritable': {
    text: 'The device cannot write to its disk: {reason}.',
    next: 'Check the space on the disk.',
  },
  'outbound-port-unknown': {
    text: 'The relay does not listen on the port {port}.',
    next: 'Choose one of {ports}, or automatic.',
  },
  'consent-read-only': {
    text: 'This cannot be changed or read through a support session.',
    next: 'Somebody on site has to do it.',
  },
  'consent-temporary': {
    text: 'An account that ends with Remote Support decides nothing about it.',
    next: 'Ask an administrator who stays.',
  },
  'approval-unknown': { text: 'They do not wait any more.', next: '' },
  'representative-unknown': { text: 'They are not in any more.', next: '' },
  'session-unknown': { text: 'This session is over already.', next: '' },
  'duration-malformed': {
    text: 'This is longer than is left of the 24 hours since it was enabled.',
    next: 'Choose less.',
  },
  'administrator-exists': {
    text: 'There is an administrator of this name already.',
    next: 'Choose another name.',
  },
  'administrator-unknown': { text: 'There is no such administrator any more.', next: '' },
  'administrator-name-malformed': {
    text: 'A name has 1 to 64 letters, digits, dots, hyphens or underscores.',
    next: '',
  },
  'administrator-last': { text: 'This is the last administrator.', next: 'Add another one first.' },
  'administrators-used-up': { text: 'There are {most} administrators already.', next: 'Remove one first.' },
  'password-too-short': {
    text: 'A password has at least {least} characters.',
    next: 'Several words are fine.',
  },
  'password-common': {
    text: 'This password is among those that attackers try first.',
    next: 'Choose another one; several words that do not belong together are fine.',
  },
  'sign-in-needed': { text: 'You are not signed in any more.', next: 'Sign in again.' },
  'sign-in-wrong': { text: 'Name, password or code is not right.', next: 'Try again.' },
  'sign-in-locked': {
    text: 'Too many wrong tries. Wait {seconds} seconds.',
    next: 'Or use a browser in which you signed in before.',
  },
  'sign-in-busy': {
    text: 'Too many people are signing in at this moment.',
    next: 'Try again in a few seconds.',
  },
  'totp-not-started': { text: 'This took longer than ten minutes.', next: 'Begin again.' },
  'set-up-code-wrong': {
    text: 'This set-up address is not good any more.',
    next: 'Use the one that the agent printed when it started last.',
  },
  'set-up-done': { text: 'This device is set up already.', next: 'Sign in.' },
  'rate-limited': { text: 'Too many of these in a short time: {limit}.', next: 'Wait, and try again.' },
  internal: {
    text: 'Something went wrong inside the device.',
    next: 'Try again; if it happens again, tell the maker.',
  },
  'connection-lost': {
    text: 'The connection to the relay was lost.',
    next: 'The device tries again by itself.',
  },
  'timed-out': { text: 'The relay did not answer in time.', next: 'The device tries again by itself.' },
  'identity-revoked': {
    text: 'The maker has removed this device from its relay.',
    next: 'Ask the maker.',
  },
  'certificate-expired': {
    text: "The device's certificate has run out.",
    next: 'Ask the maker for a new token.',
  },
  'port-numbers-used-up': {
    text: 'The relay has no free port number.',
    next: 'Wait; the device goes on asking.',
  },
  'processes-left': {
    text: 'Programs of the last support session still run on this device: {pids}.',
    next: 'They could not be ended. Restart the device, or have somebody look at it.',
  },
  'gateway-missing': {
    text: 'This device has no gateway: nothing leads out of its own network.',
    next: 'Check the cable and the network settings.',
  },
  'gateway-silent': {
    text: 'The gateway of this network does not answer.',
    next: 'Check the cable, and the router or firewall that it leads to.',
  },
  'relay-name-unresolved': {
    text: 'The name {host} could not be resolved.',
    next: 'Check the DNS servers of this device.',
  },
  'relay-no-route': {
    text: 'There is no way to {host}.',
    next: 'Check the gateway and the cable of this device.',
  },
  'relay-refused': {
    text: '{host} refused the connection on port {ports}.',
    next: 'A firewall may do that: it has to let one of these ports out.',
  },
  'relay-no-answer': {
    text: '{host} did not answer on port {ports}.',
    next: 'A firewall may do that: it has to let one of these ports out.',
  },
  'relay-not-ours': {
    text: 'What answers at {host} is not the relay: {reason}.',
    next: 'A firewall may look into encrypted connections here: it needs an exception for this address. Nothing was sent.',
  },
  'relay-cut': {
    text: '{host} closed the connection.',
    next: 'The device tries again; if it stays so, a firewall may cut it.',
  },
  'proxy-unreachable': {
    text: 'The proxy {proxy} cannot be reached.',
    next: 'Check its address and port in the settings, and that it runs.',
  },
  'proxy-password': {
    text: 'The proxy {proxy} wants a name and password, or others than those that are set.',
    next: 'Ask whoever looks after the proxy for them, and put them into the settings.',
  },
  'proxy-refused': {
    text: 'The proxy {proxy} does not connect to the relay on port {port}: {reason}.',
    next: 'Ask whoever looks after the proxy to allow it.',
  },
  'proxy-failed': {
    text: 'The proxy {proxy} does not do its part: {reason}.',
    next: 'Check in the settings that it is a proxy of this kind.',
  },
  'source-interface-unusable': {
    text: 'Remote Support is set to go out by the network port {interface}, which cannot be used: {reason}.',
    next: 'Look at it on the page Network; or choose another source interface, or none, in the settings.',
  },
  'network-change-forbidden': {
    text: 'The network of this device is not set here.',
    next: 'Set it where the appliance itself is set.',
  },
  'network-trial-standing': {
    text: 'A change of the network waits to be confirmed.',
    next: 'Confirm it or take it back first.',
  },
  'network-trial-unknown': {
    text: 'This change does not wait any more: its time was over, or somebody else was quicker.',
    next: 'Look how the network is now, and change it again.',
  },
  'network-interface-unknown': {
    text: 'This device has no network port {interface} that could be set.',
    next: 'Choose one of those that are shown.',
  },
  'network-change-failed': {
    text: 'The network port {interface} could not be set: {reason}.',
    next: 'Nothing was changed.',
  },
  'web-trial-standing': {
    text: 'A change of the web interface waits to be confirmed.',
    next: 'Confirm it at its new address, or take it back first.',
  },
  'web-trial-unknown': {
    text: 'This change does not wait any more: its time was over, or somebody else was quicker.',
    next: 'Look how it is now, and change it again.',
  },
  'web-trial-elsewhere': {
    text: 'This is confirmed where the web interface is reached then: {url}',
    next: 'Open that address, sign in there, and confirm it.',
  },
  'web-address-malformed': {
    text: 'The web interface cannot listen on {address}.',
    next: 'Enter an address of this device and a port, such as 192.168.1.7:443 or 0.0.0.0:443.',
  },
  'address-in-use': {
    text: 'The web interface cannot listen on {address}: {reason}.',
    next: 'Choose another address or port.',
  },
  'web-certificate-invalid': {
    text: 'The certificate cannot be used: {reason}.',
    next: 'Choose a certificate and its key, both in PEM.',
  },
  'relay-draining': { text: 'The relay is about to restart.', next: 'The device tries again by itself.' },
  'relay-database-lost': {
    text: 'The relay cannot reach its database.',
    next: 'The device tries again by itself; the maker knows.',
  },
};
