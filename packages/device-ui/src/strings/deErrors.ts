import type { enErrors } from './enErrors.ts';

/** The same in German. */
export const deErrors: typeof enErrors = {
  'device-unreachable': {
    text: 'Das Gerät antwortet nicht.',
    next: 'Prüfen Sie, ob dieser Computer es noch erreicht, und versuchen Sie es noch einmal.',
  },
  'not-enrolled': {
    text: 'Dieses Gerät ist bei seinem Hersteller noch nicht angemeldet.',
    next: 'Bitten Sie den Hersteller um ein Token, und rufen Sie auf dem Gerät auf: sallyport-device enroll TOKEN',
  },
  'already-enabled': { text: 'Die Fernhilfe ist schon eingeschaltet.', next: 'Diese Seite zeigt es gleich.' },
  'recording-unknown': {
    text: 'Diese Aufzeichnung gibt es hier nicht.',
    next: 'Sie wurde vielleicht inzwischen gelöscht: sehen Sie die Liste noch einmal an.',
  },
  'recording-not-opened': {
    text: 'Diese Aufzeichnung ist im Augenblick nicht lesbar: {reason}.',
    next: 'Versuchen Sie es noch einmal; bleibt es so, sehen Sie nach der Platte des Geräts.',
  },
  'not-enabled': {
    text: 'Die Fernhilfe ist nicht mehr eingeschaltet.',
    next: 'Schalten Sie sie wieder ein, wenn Sie sie noch brauchen.',
  },
  'run-as-missing': {
    text: 'Terminal und Dateien gehen auf diesem Gerät nicht: Es ist kein Benutzer dafür eingerichtet.',
    next: 'Lassen Sie sie weg, oder fragen Sie den Hersteller.',
  },
  'run-as-same-user': {
    text: 'Terminal und Dateien laufen unter dem Benutzer der Fernhilfe selbst: Wer damit eingelassen wird, könnte die Fernhilfe selbst verändern.',
    next: 'Der Hersteller kann einen eigenen Benutzer dafür einrichten (--run-as).',
  },
  'otp-replaced': {
    text: 'Das Gerät wurde neu gestartet: Das Einmalpasswort, das vorher gezeigt wurde, ist nichts mehr wert.',
    next: 'Lesen Sie das neue vor.',
  },
  'port-number-changed': {
    text: 'Die Portnummer musste sich ändern: {reason}.',
    next: 'Lesen Sie die neue vor.',
  },
  'representative-revoked': {
    text: 'Der Hersteller hat {representative} gesperrt: {reason}. Wer das war, ist draußen und kommt mit diesem Schlüssel nicht wieder herein.',
    next: 'Fragen Sie den Hersteller, was das für Sie bedeutet. Was bis dahin geschah, steht im Verlauf.',
  },
  'clock-wrong': {
    text: 'Die Uhr dieses Geräts geht falsch ({off}). Die Fernhilfe geht trotzdem.',
    next: 'Stellen Sie die Uhr, oder lassen Sie sie vom Netz stellen (NTP).',
  },
  'state-unwritable': {
    text: 'Das Gerät kann nicht auf seine Platte schreiben: {reason}.',
    next: 'Prüfen Sie den Platz auf der Platte.',
  },
  'outbound-port-unknown': {
    text: 'Das Relay hört auf Port {port} nicht.',
    next: 'Wählen Sie einen von {ports}, oder automatisch.',
  },
  'consent-read-only': {
    text: 'Durch eine Sitzung der Fernhilfe lässt sich das weder ändern noch lesen.',
    next: 'Das muss jemand vor Ort tun.',
  },
  'consent-temporary': {
    text: 'Ein Konto, das mit der Fernhilfe endet, entscheidet nichts über sie.',
    next: 'Fragen Sie einen Administrator, der bleibt.',
  },
  'approval-unknown': { text: 'Hier wartet niemand mehr.', next: '' },
  'representative-unknown': { text: 'Da ist niemand mehr.', next: '' },
  'session-unknown': { text: 'Diese Sitzung ist schon zu Ende.', next: '' },
  'duration-malformed': {
    text: 'Das ist länger, als von den 24 Stunden seit dem Einschalten übrig ist.',
    next: 'Wählen Sie weniger.',
  },
  'administrator-exists': {
    text: 'Einen Administrator dieses Namens gibt es schon.',
    next: 'Wählen Sie einen anderen Namen.',
  },
  'administrator-unknown': { text: 'Diesen Administrator gibt es nicht mehr.', next: '' },
  'administrator-name-malformed': {
    text: 'Ein Name hat 1 bis 64 Buchstaben, Ziffern, Punkte, Bindestriche oder Unterstriche.',
    next: '',
  },
  'administrator-last': {
    text: 'Das ist der letzte Administrator.',
    next: 'Fügen Sie erst einen anderen hinzu.',
  },
  'administrators-used-up': {
    text: 'Es gibt schon {most} Administratoren.',
    next: 'Entfernen Sie erst einen.',
  },
  'password-too-short': {
    text: 'Ein Passwort hat mindestens {least} Zeichen.',
    next: 'Mehrere Wörter sind gut.',
  },
  'password-common': {
    text: 'Dieses Passwort gehört zu denen, die Angreifer zuerst versuchen.',
    next: 'Wählen Sie ein anderes; mehrere Wörter, die nicht zusammengehören, sind gut.',
  },
  'sign-in-needed': { text: 'Sie sind nicht mehr angemeldet.', next: 'Melden Sie sich wieder an.' },
  'sign-in-wrong': { text: 'Name, Passwort oder Code stimmt nicht.', next: 'Versuchen Sie es noch einmal.' },
  'sign-in-locked': {
    text: 'Zu viele falsche Versuche. Warten Sie {seconds} Sekunden.',
    next: 'Oder nehmen Sie einen Browser, in dem Sie schon einmal angemeldet waren.',
  },
  'sign-in-busy': {
    text: 'In diesem Moment melden sich zu viele an.',
    next: 'Versuchen Sie es in ein paar Sekunden noch einmal.',
  },
  'totp-not-started': {
    text: 'Das hat länger als zehn Minuten gedauert.',
    next: 'Beginnen Sie noch einmal.',
  },
  'set-up-code-wrong': {
    text: 'Diese Adresse zum Einrichten gilt nicht mehr.',
    next: 'Nehmen Sie die, die das Gerät beim letzten Start genannt hat.',
  },
  'set-up-done': { text: 'Dieses Gerät ist schon eingerichtet.', next: 'Melden Sie sich an.' },
  'rate-limited': {
    text: 'Zu viele davon in kurzer Zeit: {limit}.',
    next: 'Warten Sie, und versuchen Sie es noch einmal.',
  },
  internal: {
    text: 'Im Gerät ist etwas schiefgegangen.',
    next: 'Versuchen Sie es noch einmal; wenn es wieder geschieht, sagen Sie es dem Hersteller.',
  },
  'connection-lost': {
    text: 'Die Verbindung zum Relay ging verloren.',
    next: 'Das Gerät versucht es von selbst noch einmal.',
  },
  'timed-out': {
    text: 'Das Relay hat nicht rechtzeitig geantwortet.',
    next: 'Das Gerät versucht es von selbst noch einmal.',
  },
  'identity-revoked': {
    text: 'Der Hersteller hat dieses Gerät vom Relay entfernt.',
    next: 'Fragen Sie ihn.',
  },
  'certificate-expired': {
    text: 'Das Zertifikat des Geräts ist abgelaufen.',
    next: 'Bitten Sie den Hersteller um ein neues Token.',
  },
  'port-numbers-used-up': {
    text: 'Das Relay hat keine freie Portnummer.',
    next: 'Warten Sie; das Gerät fragt weiter.',
  },
  'processes-left': {
    text: 'Programme der letzten Sitzung laufen noch auf diesem Gerät: {pids}.',
    next: 'Sie ließen sich nicht beenden. Starten Sie das Gerät neu, oder lassen Sie jemanden nachsehen.',
  },
  'gateway-missing': {
    text: 'Dieses Gerät hat kein Gateway: Nichts führt aus seinem eigenen Netz hinaus.',
    next: 'Prüfen Sie das Kabel und die Netzwerkeinstellungen.',
  },
  'gateway-silent': {
    text: 'Das Gateway dieses Netzes antwortet nicht.',
    next: 'Prüfen Sie das Kabel und den Router oder die Firewall, zu der es führt.',
  },
  'relay-name-unresolved': {
    text: 'Der Name {host} ließ sich nicht auflösen.',
    next: 'Prüfen Sie die DNS-Server dieses Geräts.',
  },
  'relay-no-route': {
    text: 'Es gibt keinen Weg zu {host}.',
    next: 'Prüfen Sie Gateway und Kabel dieses Geräts.',
  },
  'relay-refused': {
    text: '{host} hat die Verbindung auf Port {ports} abgelehnt.',
    next: 'Das kann eine Firewall sein: Sie muss einen dieser Ports hinauslassen.',
  },
  'relay-no-answer': {
    text: '{host} hat auf Port {ports} nicht geantwortet.',
    next: 'Das kann eine Firewall sein: Sie muss einen dieser Ports hinauslassen.',
  },
  'relay-not-ours': {
    text: 'Was bei {host} antwortet, ist nicht das Relay: {reason}.',
    next: 'Vielleicht sieht hier eine Firewall in verschlüsselte Verbindungen hinein: Sie braucht eine Ausnahme für diese Adresse. Es wurde nichts gesendet.',
  },
  'relay-cut': {
    text: '{host} hat die Verbindung beendet.',
    next: 'Das Gerät versucht es noch einmal; bleibt es so, trennt vielleicht eine Firewall.',
  },
  'proxy-unreachable': {
    text: 'Der Proxy {proxy} ist nicht zu erreichen.',
    next: 'Prüfen Sie seine Adresse und seinen Port in den Einstellungen, und ob er läuft.',
  },
  'proxy-password': {
    text: 'Der Proxy {proxy} verlangt Name und Passwort, oder andere als die eingestellten.',
    next: 'Fragen Sie den, der den Proxy betreut, danach, und tragen Sie beides in die Einstellungen ein.',
  },
  'proxy-refused': {
    text: 'Der Proxy {proxy} verbindet auf Port {port} nicht mit dem Relay: {reason}.',
    next: 'Bitten Sie den, der den Proxy betreut, es zu erlauben.',
  },
  'proxy-failed': {
    text: 'Der Proxy {proxy} tut seinen Teil nicht: {reason}.',
    next: 'Prüfen Sie in den Einstellungen, ob es ein Proxy dieser Art ist.',
  },
  'source-interface-unusable': {
    text: 'Die Fernhilfe soll über den Netzanschluss {interface} hinausgehen, der nicht zu gebrauchen ist: {reason}.',
    next: 'Sehen Sie ihn auf der Seite „Netzwerk“ an; oder wählen Sie in den Einstellungen einen anderen Anschluss, oder keinen.',
  },
  'network-change-forbidden': {
    text: 'Das Netz dieses Geräts wird nicht hier eingestellt.',
    next: 'Stellen Sie es dort ein, wo das Gerät selbst eingestellt wird.',
  },
  'network-trial-standing': {
    text: 'Eine Änderung des Netzes wartet auf Bestätigung.',
    next: 'Bestätigen Sie sie oder nehmen Sie sie zurück.',
  },
  'network-trial-unknown': {
    text: 'Diese Änderung wartet nicht mehr: Ihre Zeit war um, oder jemand anderes war schneller.',
    next: 'Sehen Sie nach, wie das Netz jetzt ist, und ändern Sie es noch einmal.',
  },
  'network-interface-unknown': {
    text: 'Dieses Gerät hat keinen Netzanschluss {interface}, der sich setzen ließe.',
    next: 'Wählen Sie einen von denen, die gezeigt werden.',
  },
  'network-change-failed': {
    text: 'Der Netzanschluss {interface} ließ sich nicht setzen: {reason}.',
    next: 'Es wurde nichts geändert.',
  },
  'web-trial-standing': {
    text: 'Eine Änderung der Weboberfläche wartet auf Bestätigung.',
    next: 'Bestätigen Sie sie an der neuen Adresse, oder nehmen Sie sie zurück.',
  },
  'web-trial-unknown': {
    text: 'Diese Änderung wartet nicht mehr: Ihre Zeit war um, oder jemand anderes war schneller.',
    next: 'Sehen Sie nach, wie es jetzt ist, und ändern Sie es noch einmal.',
  },
  'web-trial-elsewhere': {
    text: 'Das wird dort bestätigt, wo die Weboberfläche dann zu erreichen ist: {url}',
    next: 'Öffnen Sie diese Adresse, melden Sie sich dort an und bestätigen Sie es.',
  },
  'web-address-malformed': {
    text: 'Die Weboberfläche kann auf {address} nicht lauschen.',
    next: 'Geben Sie eine Adresse dieses Geräts und einen Port ein, etwa 192.168.1.7:443 oder 0.0.0.0:443.',
  },
  'address-in-use': {
    text: 'Die Weboberfläche kann auf {address} nicht lauschen: {reason}.',
    next: 'Wählen Sie eine andere Adresse oder einen anderen Port.',
  },
  'web-certificate-invalid': {
    text: 'Das Zertifikat ist nicht zu gebrauchen: {reason}.',
    next: 'Wählen Sie ein Zertifikat und seinen Schlüssel, beide in PEM.',
  },
  'relay-draining': {
    text: 'Das Relay startet gleich neu.',
    next: 'Das Gerät versucht es von selbst noch einmal.',
  },
  'relay-database-lost': {
    text: 'Das Relay erreicht seine Datenbank nicht.',
    next: 'Das Gerät versucht es von selbst noch einmal; der Hersteller weiß davon.',
  },
};
