import type { Findings } from './enFindings.ts';

/** Verdicts and advice of the connection test in German, by their code; `{name}` is a detail of that name. */
export const deFindings: Findings = {
  verdicts: {
    reachable: 'Die Fernhilfe erreicht {host} über Port {ports}.',
    'no-network':
      'Die Fernhilfe ist nicht zu erreichen: Kein Netzwerkanschluss dieses Geräts hat eine Verbindung und eine Adresse.',
    'ends-at-name':
      'Die Fernhilfe ist nicht zu erreichen: Es endet beim Namen {host}, zu dem keine Adresse gefunden wird.',
    'ends-at-route': 'Die Fernhilfe ist nicht zu erreichen: Kein Weg führt von diesem Gerät zu {host}.',
    'ends-at-silence':
      'Die Fernhilfe ist nicht zu erreichen: Auf dem Weg zu {host} antwortet nichts, auf Port {ports}.',
    'ends-at-refusal':
      'Die Fernhilfe ist nicht zu erreichen: Verbindungen zu {host} werden abgelehnt, auf Port {ports}.',
    'ends-at-tls':
      'Die Fernhilfe ist nicht zu erreichen: Verbindungen zu {host} kommen zustande, aber keine verschlüsselte.',
    'ends-at-stranger':
      'Die Fernhilfe ist nicht zu erreichen: Jemand anders antwortet anstelle von {host}: {reason}.',
    'ends-at-relay':
      'Die Fernhilfe geht nicht: Das Relay {host} wird erreicht, nimmt aber dieses Gerät nicht an: {reason}',
    'ends-at-proxy': 'Die Fernhilfe ist nicht zu erreichen: Es endet am Proxy. {reason}',
  },
  advice: {
    'link-missing': {
      text: 'Kein Netzwerkanschluss dieses Geräts hat eine Verbindung.',
      next: 'Prüfen Sie das Kabel und den Switch an seinem anderen Ende.',
    },
    'address-link-local': {
      text: '{interface} hat nur die Adresse {address}, die sich Geräte selbst geben, wenn kein DHCP-Server antwortet.',
      next: 'Prüfen Sie, ob das Kabel ins richtige Netz führt, und dessen DHCP-Server; oder stellen Sie die Adresse von Hand ein.',
    },
    'gateway-missing': {
      text: 'Dieses Gerät hat kein Standard-Gateway: Es kennt keinen Weg aus seinem eigenen Netz hinaus.',
      next: 'Tragen Sie die Adresse des Routers als Gateway ein, oder lassen Sie sie den DHCP-Server nennen.',
    },
    'gateway-silent': {
      text: 'Das Standard-Gateway {gateway} an {interface} antwortet nicht.',
      next: 'Prüfen Sie, ob der Router an ist, ob das Kabel in sein Netz führt und ob die Adresse stimmt.',
    },
    'gateways-several': {
      text: 'Dieses Gerät hat mehr als ein Standard-Gateway: {gateways}. Nur das erste wird benutzt.',
      next: 'Behalten Sie das, das ins Internet führt, und nehmen Sie die anderen weg.',
    },
    'gateway-unused': {
      text: 'Der DHCP-Server an {interface} bietet das Gateway {gateway} an, das dieses Gerät nicht benutzt.',
      next: 'Führt jenes Netz ins Internet, lassen Sie das Gerät dessen Gateway benutzen.',
    },
    'dns-missing': {
      text: 'Dieses Gerät hat keinen DNS-Server: Es findet zu keinem Namen eine Adresse.',
      next: 'Tragen Sie die Adresse eines DNS-Servers ein, oder lassen Sie sie den DHCP-Server nennen.',
    },
    'dns-silent': {
      text: 'Der DNS-Server {servers} antwortet nicht.',
      next: 'Prüfen Sie seine Adresse, und ob die Firewall dieses Gerät ihn fragen lässt (UDP und TCP, Port 53).',
    },
    'dns-unknown': {
      text: 'Der DNS-Server {servers} kennt {host} nicht.',
      next: 'Lassen Sie ihn für diesen Namen Server im Internet fragen, oder tragen Sie einen anderen ein.',
    },
    'dns-wrong': {
      text: 'Der DNS-Server nennt {addresses} für {host}, und dort ist das Relay nicht.',
      next: 'Fragen Sie den, der den DNS-Server betreut, warum; oder tragen Sie einen anderen ein.',
    },
    'clock-wrong': {
      text: 'Die Uhr dieses Geräts geht falsch ({off}).',
      next: 'Stellen Sie Datum und Uhrzeit, oder lassen Sie es einen Zeitserver tun: Zertifikate gelten nur zu ihrer Zeit.',
    },
    'captive-portal': {
      text: 'Dieses Netz zeigt erst eine Anmeldeseite{location}.',
      next: 'Melden Sie sich dort mit einem Browser im selben Netz an, oder lassen Sie dieses Gerät davon ausnehmen.',
    },
    'tls-inspected': {
      text: 'Eine Firewall öffnet verschlüsselte Verbindungen: Sie zeigt ein Zertifikat, das nicht das des Relays ist. {reason}',
      next: 'Lassen Sie {host} davon ausnehmen: Von unseren Verbindungen bekäme sie ohnehin keine zu sehen.',
    },
    'mtu-small': {
      text: 'Kleine Pakete kommen an, große verschwinden auf dem Weg zu {host}.',
      next: 'Stellen Sie die MTU des Netzwerkanschlusses kleiner, etwa auf 1400 oder 1280, oder lassen Sie die Firewall ICMP „fragmentation needed“ durch.',
    },
    'ipv6-nowhere': {
      text: 'Dieses Gerät hat eine IPv6-Adresse, aber IPv6 führt nirgends hin.',
      next: 'Wo IPv4 geht, braucht es das nicht. Sonst richten Sie es, oder schalten Sie es aus.',
    },
    'firewall-swallows': {
      text: 'Etwas auf dem Weg verschluckt Verbindungen zu Port {ports}.',
      next: 'Lassen Sie sie erlauben: Geben Sie den Text unten dem, der die Firewall betreut.',
    },
    'firewall-refuses': {
      text: 'Verbindungen zu Port {ports} werden abgelehnt, von einer Firewall oder vom Relay selbst.',
      next: 'Lassen Sie sie erlauben: Geben Sie den Text unten dem, der die Firewall betreut. Oder das Relay läuft nicht: Fragen Sie Ihren Hersteller.',
    },
    'other-port-works': {
      text: 'Dieses Gerät ist allein auf Port {port} eingestellt, der nicht geht; Port {ports} geht.',
      next: 'Wählen Sie einen anderen Port nach außen, oder automatisch.',
    },
    'device-refused': {
      text: 'Das Relay nimmt dieses Gerät nicht an: {reason}',
      next: 'Fragen Sie den, der das Relay betreibt.',
    },
    'tls-cut': {
      text: 'Verbindungen zu {host} kommen zustande und enden, sobald sie verschlüsselt werden sollen.',
      next: 'Eine Firewall auf dem Weg lässt nur manche Protokolle durch. Geben Sie den Text unten dem, der sie betreut.',
    },
    'proxy-unreachable': {
      text: 'Der Proxy {proxy} ist nicht zu erreichen.',
      next: 'Prüfen Sie seine Adresse und seinen Port in den Einstellungen, und ob er läuft.',
    },
    'proxy-password': {
      text: 'Der Proxy {proxy} verlangt Name und Passwort, oder andere als die eingestellten.',
      next: 'Fragen Sie den, der den Proxy betreut, danach, und tragen Sie sie in die Einstellung des Proxys ein.',
    },
    'proxy-refuses': {
      text: 'Der Proxy {proxy} verbindet nicht mit dem Relay: {reason}.',
      next: 'Bitten Sie den, der den Proxy betreut, es zu erlauben.',
    },
    'proxy-needless': {
      text: 'Ohne den Proxy geht Port {ports}.',
      next: 'Nehmen Sie den Proxy aus den Einstellungen.',
    },
    'proxy-needed': {
      text: 'Dieses Netz hat einen Proxy für das, was nach außen geht: Es nennt einen unter dem Namen wpad, an {address}.',
      next: 'Fragen Sie den, der das Netz betreut, nach seiner Adresse, und stellen Sie ihn als Proxy ein.',
    },
    'source-unusable': {
      text: 'Die Fernhilfe soll nur über den Netzanschluss {interface} hinausgehen, der nicht zu gebrauchen ist: {reason}.',
      next: 'Prüfen Sie diesen Anschluss, oder wählen Sie in den Einstellungen einen anderen, oder keinen.',
    },
    'idle-cut': {
      text: 'Etwas auf dem Weg zu {host} trennt Verbindungen, auf denen {from} bis {to} lang nichts gesagt wird.',
      next: 'Die Fernhilfe sagt alle 15 Sekunden etwas und geht weiter. Wo noch früher getrennt wird: Lassen Sie solche Verbindungen länger stehen.',
    },
  },
  firewall: ({ from, host, addresses, ports, proxy }) =>
    [
      `Bitte erlauben Sie ausgehende TCP-Verbindungen von ${from.join(', ') || 'diesem Gerät'} zu ${host}${addresses.length > 0 ? ` (${addresses.join(', ')})` : ''},`,
      `auf Port ${ports.join(', ')}. Einer dieser Ports genügt.`,
      'Es ist TLS 1.3 mit eigenen Zertifikaten: Bitte nehmen Sie diese Verbindungen von der TLS-Inspektion aus, und lassen Sie sie bestehen, solange sie benutzt werden.',
      ...(proxy === undefined
        ? []
        : [
            `Das Gerät soll über den Proxy ${proxy} gehen: Dann ist es der Proxy, der durchgelassen werden muss und sich auf einem dieser Ports mit ${host} verbindet.`,
          ]),
      'Aus dem Internet muss nichts hereingelassen werden.',
    ].join('\n'),
};
