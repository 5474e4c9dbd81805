import '@xterm/xterm/css/xterm.css';
import { styleNonce } from '@sallyport/ui/theme';
import { Terminal } from '@xterm/xterm';

/** A terminal that shows and takes nothing. */
export type Screen = {
  resize(columns: number, rows: number): void;
  /** `drawn` is called when it is on the screen. */
  write(bytes: Uint8Array, drawn: () => void): void;
  clear(): void;
  close(): void;
};

/** Puts a terminal into `element`. What its program asks for beyond showing text gets no answer: no input leads back. */
export function openScreen(element: HTMLElement): Screen {
  const style = getComputedStyle(element);
  const terminal = new Terminal({
    disableStdin: true,
    cursorBlink: false,
    scrollback: 2_000,
    fontFamily: style.fontFamily,
    fontSize: 13,
    // A link of a hostile program leads nowhere.
    linkHandler: { activate: () => {}, allowNonHttpProtocols: false },
  });
  withStyleNonce(() => terminal.open(element));
  return {
    resize: (columns, rows) => terminal.resize(columns, rows),
    write: (bytes, drawn) => terminal.write(bytes, drawn),
    clear: () => terminal.reset(),
    close: () => terminal.dispose(),
  };
}

/** The terminal adds styles of its own as it opens; the policy of the page wants to see its nonce on each. */
function withStyleNonce(open: () => void): void {
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (name === 'style') element.nonce = styleNonce();
    return element;
  }) as typeof document.createElement;
  try {
    open();
  } finally {
    // What stands on the prototype is there again.
    Reflect.deleteProperty(document, 'createElement');
  }
}
