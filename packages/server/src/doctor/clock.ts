// Do the clocks agree? Tokens and certificates are good from one moment to another.

import { serverLimits } from '../limits.ts';
import type { Answer } from './ask.ts';
import { type Finding, finding } from './finding.ts';

const remedy = 'Have both machines keep their time (NTP): timedatectl set-ntp true';

/**
 * @param registry an answer of the registry
 * @param tokens an answer of the token server, if there is one
 */
export function checkClock(registry: Answer, tokens: Answer | undefined): Finding {
  const aheadMs = aheadOf(registry);
  if (aheadMs === undefined)
    return finding('clock', 'skipped', 'the registry tells no time (no Date header)');
  const tokensAheadMs = tokens && aheadOf(tokens);
  const betweenMs = tokensAheadMs === undefined ? 0 : tokensAheadMs - aheadMs;
  if (Math.abs(betweenMs) > serverLimits.doctorTokenClockSkewMs) {
    const message = `the token server's clock is ${seconds(betweenMs)} the registry's: its tokens are refused, or end early`;
    return finding('clock', 'fail', message, remedy);
  }
  if (Math.abs(aheadMs) > serverLimits.doctorClockSkewMs) {
    const message = `the registry's clock is ${seconds(aheadMs)} this machine's`;
    return finding('clock', 'warn', message, remedy);
  }
  return finding('clock', 'ok', "the registry's and this machine's agree");
}

/** Milliseconds that the server's clock is ahead of this machine's; negative if behind. Whole seconds are what it tells. */
function aheadOf({ headers, headAtMs }: Answer): number | undefined {
  const dateMs = Date.parse(headers.date ?? '');
  return Number.isNaN(dateMs) ? undefined : dateMs - headAtMs;
}

function seconds(ms: number): string {
  return `${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? 'ahead of' : 'behind'}`;
}
