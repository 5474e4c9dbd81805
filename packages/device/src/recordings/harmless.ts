/**
 * What a recorded terminal showed, for the terminal of somebody else: it may move the cursor, colour and clear, and
 * nothing more. What asks the terminal for an answer, sets its title or clipboard, or turns on a mode that stays, goes.
 */
export class Harmless {
  /** Of a sequence that is not complete. */
  #rest = '';
  /** Inside of a string that goes as a whole: OSC, DCS, SOS, PM, APC. */
  #inString = false;

  take(text: string): string {
    const all = this.#rest + text;
    this.#rest = '';
    let out = '';
    let at = 0;
    while (at < all.length) {
      if (this.#inString) {
        const end = /[\u0007\u009c\u0018\u001a]|\u001b/.exec(all.slice(at));
        if (!end) return out;
        at += end.index + 1;
        this.#inString = false;
        // An escape ends it as well; what follows is a sequence of its own, of which `\\` does nothing.
        if (end[0] === '\u001b') at -= 1;
        continue;
      }
      const next = all.slice(at);
      if (!next.startsWith('\u001b')) {
        const plain = /^[^\u001b]+/.exec(next)?.[0] ?? '';
        out += plain.replace(dropped, '');
        at += plain.length;
        continue;
      }
      if (/^\u001b[\]PX^_]/.test(next)) {
        this.#inString = true;
        at += 2;
        continue;
      }
      const sequence = complete.exec(next)?.[0];
      if (sequence === undefined) {
        if (next.length < longest && unfinished.test(next)) {
          this.#rest = next;
          return out;
        }
        at += 1; // Not a sequence: its escape goes, the rest is text.
        continue;
      }
      if (permitted.test(sequence)) out += sequence;
      at += sequence.length;
    }
    return out;
  }
}

/** Sets a terminal as it was before, whatever was shown. */
export const afterwards = '\u001b[?1049l\u001b[?25h\u001b[?7h\u001b[r\u001b[0m\u001b(B\u000f\r\n';

const longest = 64;
/** Bell, other controls of C0, DEL, and C1, which some terminals take for escapes. */
const dropped = /[\u0000-\u0007\u0010-\u001a\u001c-\u001f\u007f-\u009f]/g;
const complete = /^\u001b(?:\[[0-?]*[ -/]*[@-~]|[ -/]+[0-~]|[0-Z\\^-~])/;
const unfinished = /^\u001b(?:\[[0-?]*[ -/]*|[ -/]*)$/;
/** Cursor, erasing, inserting, scrolling, colours, tabs, margins; cursor shown, wrapping, the other screen; charsets. */
const permitted =
  /^\u001b(?:\[[0-9;:]*[@A-HJ-MPSTXZ`abdefgmr]|\[[su]|\[\?(?:7|25|47|1047|1049)[hl]|\[4[hl]|[()][0AB]|[78DEHMc=>])$/;
