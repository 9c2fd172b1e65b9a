/**
 * The conformance program of the distribution-spec, with everything switched on. Its junit.xml is read, not its exit
 * code alone: it also has to have tested, and to have skipped nothing but what a token's rights don't allow.
 */
import { mkdirSync, readFileSync } from 'node:fs';
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
  { name: 'version 1.1', env: { OCI_VERSION: '1.1' } },
  { name: 'version 1.1 and what comes after it', env: COMING },
  { name: 'sparse indexes', env: { ...COMING, OCI_DATA_SPARSE: 'true' }, berthArgs: ['--sparse-indexes'] },
];

/** A mount without a source needs a right to pull that the token doesn't hold; once for each digest algorithm. */
const MAY_BE_SKIPPED = /mount anonymous/i;
const FEWEST_TESTS = 900;

export const conformance: Suite = {
  name: 'conformance',
  needs: ['conformance'],
  cases: ROUNDS.map(
    (round): Case => ({ name: round.name, run: async (place) => await runRound(place, round) }),
  ),
};

async function runRound(place: Place, { env, berthArgs = [] }: Round): Promise<string> {
  const { authFile, alice } = usualPeople();
  const berth = await Berth.start(place, { authFile, args: berthArgs });
  const results = place.dir('results');
  mkdirSync(results, { recursive: true });
  await place.attempt('conformance', [], {
    env: {
      OCI_REGISTRY: berth.host,
      OCI_TLS: 'disabled',
      OCI_REPO1: 'alice/one',
      OCI_REPO2: 'alice/two',
      OCI_USERNAME: alice.name,
      OCI_PASSWORD: alice.password,
      OCI_RESULTS_DIR: results,
      ...env,
    },
  });
  return judge(readTests(join(results, 'junit.xml')));
}

interface Test {
  readonly name: string;
  readonly status: string;
}

function readTests(file: string): readonly Test[] {
  const elements = readFileSync(file, 'utf8').matchAll(/<testcase\b([^>]*)>/g);
  return [...elements].map(([, attributes = '']) => ({
    name: `${attribute(attributes, 'classname')} / ${attribute(attributes, 'name')}`,
    status: attribute(attributes, 'status'),
  }));
}

function attribute(attributes: string, name: string): string {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
}

function judge(tests: readonly Test[]): string {
  const of = (status: string) => tests.filter((test) => test.status === status);
  const failed = [...of('failure'), ...of('error')];
  const skipped = of('skipped');
  const summary = `${tests.length} tests: ${of('passed').length} passed, ${failed.length} failed, ${skipped.length} skipped`;
  expectThat(failed.length === 0, `nothing fails. ${summary}\n${names(failed)}`);
  const unexpected = skipped.filter(({ name }) => !MAY_BE_SKIPPED.test(name));
  expectThat(
    unexpected.length === 0 && skipped.length <= 2,
    `only the anonymous mounts are skipped. ${summary}\n${names(skipped)}`,
  );
  expectThat(tests.length >= FEWEST_TESTS, `everything was tested. ${summary}`);
  return summary;
}

function names(tests: readonly Test[]): string {
  return tests
    .slice(0, 40)
    .map(({ name }) => `  ${name}`)
    .join('\n');
}
