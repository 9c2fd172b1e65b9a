// The body of a POST: a form, bounded in size and time.
import type { IncomingMessage } from 'node:http';
import { AuthError } from '../errors.ts';
import { FORM_SIZE_BYTES, FORM_TIMEOUT_MS, REFUSED_BODY_SIZE_BYTES } from '../limits.ts';

const FORM_TYPE = /^application\/x-www-form-urlencoded *(?:;.*)?$/i;

/** Reads the form of a POST; throws an AuthError (408, 413, 415) and then sees to it that the body ends. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams((await readFormBytes(request)).toString());
}

/** As {@link readForm}, the form as it was sent. */
export async function readFormBytes(request: IncomingMessage): Promise<Buffer> {
  try {
    expectForm(request);
    return await readBytes(request);
  } catch (error) {
    discard(request);
    throw error;
  }
}

function expectForm({ headers }: IncomingMessage): void {
  const type = headers['content-type'];
  const isEmpty =
    headers['content-length'] === '0' || !('transfer-encoding' in headers || 'content-length' in headers);
  if (!(FORM_TYPE.test(type ?? '') || (type === undefined && isEmpty))) {
    throw new AuthError('FORM_EXPECTED', 'a POST needs Content-Type: application/x-www-form-urlencoded');
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new AuthError('FORM_EXPECTED', 'a POST needs a body without Content-Encoding');
  }
  if (Number(headers['content-length'] ?? 0) > FORM_SIZE_BYTES) throw tooLarge();
}

function tooLarge(): AuthError {
  return new AuthError('FORM_TOO_LARGE', `the form is larger than ${FORM_SIZE_BYTES} bytes`);
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const settle = (act: () => void) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      act();
    };
    const timer = setTimeout(
      () => settle(() => reject(new AuthError('FORM_TIMEOUT', 'the form did not arrive in time'))),
      FORM_TIMEOUT_MS,
    );
    const onData = (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > FORM_SIZE_BYTES) settle(() => reject(tooLarge()));
      else chunks.push(chunk);
    };
    const onEnd = () => settle(() => resolve(Buffer.concat(chunks)));
    const onClose = () => settle(() => reject(new AuthError('FORM_TIMEOUT', 'the client left')));
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/**
 * Reads on for a while and then cuts the connection: Node alone would read for ever, and closing at once
 * resets the client before it sees the answer.
 */
function discard(request: IncomingMessage): void {
  let sizeBytes = 0;
  request.on('error', () => {}); // the client going away is expected here
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > REFUSED_BODY_SIZE_BYTES) request.destroy();
  });
}
