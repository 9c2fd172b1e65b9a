/** What every client asks before it pulls or pushes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AccountScene, OTHERS, otherName } from '../data/account.ts';
import { basicOf, REPOSITORY } from '../data/fill.ts';
import { wrk } from '../load/load-tools.ts';
import { assertGrant } from '../promises.ts';
import type { Row } from '../row.ts';
import { SERVICE } from '../servers.ts';
import type { Subject } from '../subject.ts';
import { loadOf, requestsOf } from './samples.ts';

/** A server that computes bcrypt of such a cost each time answers sixteen clients after a second or more. */
const SLOW_COST = 10;
const SLOW_SECONDS = 5;
/** At most so many log in for the first time in one run. */
const LOGINS = 500;
const SCRIPT = join(import.meta.dirname, '..', 'clients', 'first-logins.lua');
const PULL_TOKEN = `/auth?service=${SERVICE}&scope=repository:${REPOSITORY}:pull`;

export const TOKENS = {
  'token-cost-5': returning(5, 'cost-5', 15),
  'token-cost-10': returning(SLOW_COST, 'cost-10', 300),
  'token-anonymous': {
    title: 'token for nobody, 16 connections',
    unit: 'requests',
    abilities: ['tokens'],
    tool: 'wrk',
    setting: { accounts: 'anonymous' },
    marks: { docker_auth: { rate: 1 } },
    prepare: ({ server }) => assertGrant(server, PULL_TOKEN, undefined, REPOSITORY),
    measure: async (subject) =>
      requestsOf(await wrk({ ...loadOf(subject, PULL_TOKEN), authorization: undefined })),
  },
  'token-first-login': {
    title: 'token at the first login, bcrypt cost 10, 16 connections, each request another account',
    unit: 'requests',
    abilities: ['tokens'],
    tool: 'wrk',
    setting: { accounts: 'many' },
    runsAtMost: Math.floor(OTHERS / LOGINS) - 1,
    marks: { docker_auth: { rate: 0.8 } },
    measure: async (subject, turn) => {
      const seconds = Math.max(subject.seconds, SLOW_SECONDS);
      const load = { ...loadOf(subject, PULL_TOKEN), authorization: undefined, seconds };
      const args = [loginsFile(subject), String(turn * LOGINS)];
      return requestsOf(await wrk(load, { file: SCRIPT, args }));
    },
  },
} as const satisfies Record<string, Row>;

function returning(bcryptCost: number, accounts: AccountScene, rate: number): Row {
  return {
    title: `token for a returning user, bcrypt cost ${bcryptCost}, 16 connections`,
    unit: 'requests',
    abilities: ['tokens'],
    tool: 'wrk',
    setting: { accounts },
    marks: { docker_auth: { rate } },
    prepare: ({ server, account }) => assertGrant(server, PULL_TOKEN, basicOf(account), REPOSITORY),
    measure: async (subject) => {
      const { account } = subject;
      const path = `${PULL_TOKEN}&account=${account.name}`;
      const seconds = bcryptCost < SLOW_COST ? subject.seconds : Math.max(subject.seconds, SLOW_SECONDS);
      return requestsOf(await wrk({ ...loadOf(subject, path), seconds, authorization: basicOf(account) }));
    },
  };
}

/** One Authorization a line, each of another account. */
function loginsFile({ folder, account: { password } }: Subject): string {
  const file = join(folder, 'logins');
  const lines = Array.from({ length: OTHERS }, (_, index) => basicOf({ name: otherName(index), password }));
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}
