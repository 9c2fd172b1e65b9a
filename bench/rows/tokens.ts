/** What every client asks before it pulls or pushes. */
import { basicOf, REPOSITORY } from '../data/fill.ts';
import { wrk } from '../load/load-tools.ts';
import type { Row } from '../row.ts';
import { SERVICE } from '../servers.ts';
import { loadOf, requestsOf } from './samples.ts';

/** A server that computes bcrypt each time answers sixteen clients after a second or more. */
const SLOW_SECONDS = 5;
/** bcrypt's cost in docker_auth's own examples. */
const USUAL_COST = 5;

export const TOKENS = {
  'token-cost-5': tokenRow(USUAL_COST, 15),
  'token-cost-10': tokenRow(10, 300),
} as const satisfies Record<string, Row>;

function tokenRow(bcryptCost: number, rate: number): Row {
  return {
    title: `token for a returning user, bcrypt cost ${bcryptCost}, 16 connections`,
    unit: 'requests',
    abilities: ['tokens'],
    tool: 'wrk',
    marks: { docker_auth: { rate } },
    bcryptCost,
    measure: async (subject) => {
      const { account } = subject;
      const path = `/auth?service=${SERVICE}&account=${account.name}&scope=repository:${REPOSITORY}:pull`;
      const seconds = Math.max(subject.seconds, SLOW_SECONDS);
      return requestsOf(await wrk({ ...loadOf(subject, path), seconds, authorization: basicOf(account) }));
    },
  };
}
