import { wordlist } from '@scure/bip39/wordlists/english.js';

/** 66 bits: who wants another key with the same words tries 2^66 of them. */
const words = 6;
const bitsAWord = 11;

/**
 * The name of a key in six words that two people can compare on the telephone: the first 66 bits of its SHA-256, 11 at
 * a time, by the English list of BIP-39 (2,048 words, of which no two begin with the same four letters).
 *
 * @param sha256 of the public key, in hex
 */
export function keyWords(sha256: string): string {
  const bits = BigInt(`0x${sha256}`);
  const width = sha256.length * 4;
  return Array.from({ length: words }, (_, index) => {
    const at = (bits >> BigInt(width - bitsAWord * (index + 1))) & 0x7ffn;
    return wordlist[Number(at)] ?? '';
  }).join(' ');
}
