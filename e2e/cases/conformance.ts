/**
 * The conformance program of the distribution-spec, with everything switched on. Its junit.xml is read, not its exit
 * code alone: it also has to have tested, and to have skipped nothing but what a token's rights don't allow.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { usualPeople } from '../harness/accounts.ts';
import { Berth } from '../harness/berth.ts';
import { expectThat } from '../harness/expect.ts';
import type { Place } from '../harness/place.ts';
import type { Case, Suite } from '../harness/suite.ts';

interface Round {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly berthArgs?: readonly string[];
  /** How many tests the program counts; fewer would mean that something was left out. */
  readonly tests: number;
  /** What this version of the spec doesn't have. */
  readonly notYet?: RegExp;
}

/** What the spec's main branch adds to 1.1. */
const COMING = {
  OCI_VERSION: 'dev',
  OCI_API_BLOBS_DIGEST_HEADER: 'true',
  OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
  OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
  OCI_API_MANIFESTS_TAG_PARAM: 'true',
};

const ROUNDS: readonly Round[] = [
  { name: 'version 1.1', env: { OCI_VERSION: '1.1' }, tests: 862, notYet: /\/blob-post-cancel$/ },
  { name: 'version 1.1 and what comes after it', env: COMING, tests: 982 },
  {
    name: 'sparse indexes',
    env: { ...COMING, OCI_DATA_SPARSE: 'true' },
    berthArgs: ['--sparse-indexes'],
    tests: 1024,
  },
];

/** A mount without a source, of a blob that the token may not pull where it is; once for each digest algorithm. */
const UNCOVERED_MOUNT = /mount anonymous|blob-mount-anonymous/i;

export const conformance: Suite = {
  name: 'conformance',
  needs: ['conformance'],
  cases: ROUNDS.map(
    (round): Case => ({ name: round.name, run: async (place) => await runRound(place, round) }),
  ),
};

async function runRound(place: Place, round: Round): Promise<string> {
  const { authFile, alice } = usualPeople();
  const berth = await Berth.start(place, { authFile, args: round.berthArgs ?? [] });
  const results = place.dir('results');
  await place.attempt('conformance', [], {
    env: {
      OCI_REGISTRY: berth.host,
      OCI_TLS: 'disabled',
      OCI_REPO1: 'alice/one',
      OCI_REPO2: 'alice/two',
      OCI_USERNAME: alice.name,
      OCI_PASSWORD: alice.password,
      OCI_RESULTS_DIR: results,
      ...round.env,
    },
  });
  return judge(readFileSync(join(results, 'junit.xml'), 'utf8'), round);
}

interface Test {
  readonly name: string;
  readonly status: string;
}

function judge(junit: string, { tests: fewest, notYet }: Round): string {
  const tests = testsIn(junit);
  const counted = Number(attribute(/<testsuite\b[^>]*>/.exec(junit)?.[0] ?? '', 'tests'));
  const failed = tests.filter(({ status }) => status !== 'passed' && status !== 'skipped');
  const skipped = tests.filter(({ status, name }) => status === 'skipped' && notYet?.test(name) !== true);
  const summary = `${counted} tests, ${failed.length} failed, ${skipped.length} skipped`;
  expectThat(failed.length === 0, `nothing fails. ${summary}\n${names(failed)}`);
  expectThat(
    skipped.length <= 2 && skipped.every(({ name }) => UNCOVERED_MOUNT.test(name)),
    `nothing is skipped but mounts that the token does not cover. ${summary}\n${names(skipped)}`,
  );
  expectThat(counted >= fewest, `at least ${fewest} are tested. ${summary}`);
  return summary;
}

/** The leaves of the report; the program counts the branches above them too. */
function testsIn(junit: string): readonly Test[] {
  return [...junit.matchAll(/<testcase\b[^>]*>/g)].map(([element]) => ({
    name: attribute(element, 'name'),
    status: attribute(element, 'status'),
  }));
}

function attribute(element: string, name: string): string {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(element)?.[1] ?? '';
}

function names(tests: readonly Test[]): string {
  return tests
    .slice(0, 40)
    .map(({ name }) => `  ${name}`)
    .join('\n');
}
