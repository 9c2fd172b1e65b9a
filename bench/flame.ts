/**
 * Draws a profile as a flame graph.
 *
 *   npx -y pnpm@12 bench --rows manifest-get-16 --peers none --profile profiles
 *   npx -y pnpm@12 exec node bench/flame.ts profiles/CPU….cpuprofile docs/flame-manifest-get.svg 'manifest GET by tag'
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readProfile } from './flame/profile.ts';
import { flameGraph } from './flame/svg.ts';

const [profile, target, title] = process.argv.slice(2);
if (profile === undefined || target === undefined) {
  throw new Error('usage: node bench/flame.ts PROFILE.cpuprofile TARGET.svg [TITLE]');
}
writeFileSync(
  target,
  flameGraph(readProfile(readFileSync(profile, 'utf8')), { title: title ?? basename(profile) }),
);
