import { fail } from '@sallyport/protocol/errors';
import { Otp } from '@sallyport/protocol/grant';

/** Where the one-time password comes from; asked at most once in a call of the program. */
export type OtpSource = {
  /** Whether it is at hand without asking a person. */
  readonly atHand: boolean;
  /** @throws otp-malformed; otp-needed if there is nobody to ask; no-tty */
  read(): Promise<Otp>;
};

/** Asks `source` once, however often it is read: what was typed stays good until it is tried. */
export function askedOnce(source: OtpSource): OtpSource {
  let asked: Promise<Otp> | undefined;
  return {
    atHand: source.atHand,
    read: () => {
      asked ??= source.read();
      return asked;
    },
  };
}

/** @throws otp-malformed */
export function parseOtp(text: string): Otp {
  const otp = Otp.parse(text);
  if (!otp) throw fail('otp-malformed', { leg: 'this-computer' });
  return otp;
}
