// The scalars of configuration files that Go programs read: each arrives as text (see yaml-source.ts), and its key says what
// the text means. Pure.

import { z } from 'zod';
import { acmeHostProblem } from '../acme/acme-settings.ts';
import { parseDurationMs } from './duration.ts';
import { listenAddressForm, parseListenAddress } from './listen-address.ts';
import { opensslWord } from './tls-words.ts';

export const text = z.string({ error: 'must be a text' });
export const requiredText = text.min(1, { error: 'must not be empty' });

const flagWords = {
  y: true,
  yes: true,
  on: true,
  true: true,
  n: false,
  no: false,
  off: false,
  false: false,
} satisfies Record<string, boolean>;
export const flag = z
  .string({ error: 'must be true or false' })
  .transform((word) => word.toLowerCase())
  .refine((word) => Object.hasOwn(flagWords, word), { error: 'must be true or false' })
  .transform((word) => flagWords[word as keyof typeof flagWords]);

export const webUrl = text.regex(/^https?:\/\/[^\s]+$/i, { error: 'must be a URL' });

/** As a text, which {@link parseListenAddress} reads. */
export const listenText = text.refine((address) => parseListenAddress(address) !== undefined, {
  error: `must be ${listenAddressForm}`,
});

export const acmeHost = text.superRefine((host, context) => {
  const message = acmeHostProblem(host);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

export const wholeNumber = (error: string, minimum: number) =>
  z
    .string({ error })
    .regex(/^[-+]?\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= minimum, { error });

export function words<Target>(table: Readonly<Record<string, { number: number; openssl: Target }>>) {
  const error = `must be one of ${Object.keys(table).join(', ')}, or its number`;
  return z.string({ error }).transform((word, context): Target => {
    const found = opensslWord(table, word);
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
}

/** Go's time.Duration; a number without a unit counts nanoseconds. Milliseconds. */
export const duration = z
  .string({ error: durationForm() })
  .transform((word) => (/^\d+$/.test(word) ? `${word}ns` : word))
  .transform((word, context) => {
    const durationMs = parseDurationMs(word);
    if (durationMs !== undefined && durationMs <= 2 ** 31 - 1) return durationMs;
    context.addIssue({ code: 'custom', message: durationForm() });
    return z.NEVER;
  });

function durationForm(): string {
  return 'must be a duration below 25 days, as in 30s, 5m or 168h';
}

export const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Headers that say where a message ends, when it was made, and what becomes of its connection (RFC 9112). */
export const messageHeader =
  /^(?:connection|content-length|date|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;
