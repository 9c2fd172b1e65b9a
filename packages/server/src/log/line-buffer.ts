// Collects lines for a short time and writes them at once: a request costs no system call of its own.

export interface LineBufferOptions {
  /** Takes whole lines; may be called from a timer. */
  readonly write: (text: string) => void;
  readonly flushIntervalMs: number;
  readonly flushBytes: number;
}

export class LineBuffer {
  readonly #options: LineBufferOptions;
  #text = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LineBufferOptions) {
    this.#options = options;
  }

  /** Appends a line break itself. */
  add(line: string): void {
    this.#text += `${line}\n`;
    if (this.#text.length >= this.#options.flushBytes) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#options.flushIntervalMs).unref();
  }

  /** Writes what waits; nothing waits afterwards. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text;
    this.#text = '';
    if (text !== '') this.#options.write(text);
  }
}
