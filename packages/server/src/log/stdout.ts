// Where the log goes. A reader that went away (`berth serve | head`) is no reason to stop serving.

let isGuarded = false;

/** @param text whole lines */
export function writeOut(text: string | Uint8Array): void {
  if (!isGuarded) process.stdout.on('error', () => undefined);
  isGuarded = true;
  process.stdout.write(text);
}
