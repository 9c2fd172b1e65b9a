import fc from 'fast-check';
import { memoryDriver } from '../drivers/memory.ts';
import { type Digest, parseRepositoryName, parseTag, type RepositoryName, type Tag } from '../names.ts';
import type { StoreContext } from './context.ts';
import { digestOfBytes } from './hashing.ts';
import { blobData, revisionLink } from './layout.ts';
import { writeLink } from './links.ts';
import { addReferrer, listReferrers } from './referrers.ts';
import { moveTag } from './tags.ts';
import { contextFor } from './test-context.ts';

const NAME = known(parseRepositoryName('a/b'));
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const SUBJECT = digestOfBytes(Buffer.from('subject'), 'sha256');
const OTHER = digestOfBytes(Buffer.from('other'), 'sha256');

function known<Value extends RepositoryName | Tag>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the test itself is wrong');
  return value;
}

async function put(store: StoreContext, document: object, algorithm: Digest['algorithm']): Promise<Digest> {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, ...document }));
  const digest = digestOfBytes(bytes, algorithm);
  await store.driver.writeSmall(blobData(digest), bytes, { durable: true });
  await writeLink(store.driver, revisionLink(NAME, digest), digest);
  return digest;
}

const descriptor = ({ text }: Digest): object => ({ mediaType: OCI_INDEX, digest: text, size: 1 });

interface Plan {
  readonly algorithm: Digest['algorithm'];
  readonly how: 'linked' | 'tagged' | 'both';
  readonly refersTo: 'subject' | 'other';
}

async function storeWith(plans: readonly Plan[]): Promise<{ store: StoreContext; expected: string[] }> {
  const store = contextFor(memoryDriver());
  const [tagged, expected]: [Digest[], string[]] = [[], []];
  for (const [index, { algorithm, how, refersTo }] of plans.entries()) {
    const subject = refersTo === 'subject' ? SUBJECT : OTHER;
    const document = { manifests: [], subject: descriptor(subject), annotations: { index: String(index) } };
    const digest = await put(store, document, algorithm);
    if (how !== 'tagged') await addReferrer(store, NAME, SUBJECT, digest);
    if (how !== 'linked') tagged.push(digest);
    if (refersTo === 'subject') expected.push(digest.text);
  }
  const index = await put(store, { manifests: [...tagged, ...tagged].map(descriptor) }, 'sha256');
  await moveTag(store, NAME, known(parseTag(`sha256-${SUBJECT.hex}`)), index);
  return { store, expected: expected.sort() };
}

async function found(store: StoreContext, last: string): Promise<string[]> {
  const digests: string[] = [];
  for await (const { digest } of listReferrers(store, NAME, SUBJECT, last)) digests.push(digest);
  return digests;
}

describe('referrers', () => {
  test('from any digest on, linked, tagged or both, are each named once and in order', async () => {
    const plan: fc.Arbitrary<Plan> = fc.record({
      algorithm: fc.constantFrom('sha256', 'sha512'),
      how: fc.constantFrom('linked', 'tagged', 'both'),
      refersTo: fc.constantFrom('subject', 'subject', 'other'),
    });
    const odd = fc.constantFrom(
      '',
      'a',
      'sha256',
      'sha256:',
      'sha256:8',
      'sha256~',
      'sha512:',
      'sha512:8',
      'zzzzzzzzz',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 12 }), odd, async (plans, last) => {
        const { store, expected } = await storeWith(plans);
        for (const begin of [last, ...expected]) {
          expect(await found(store, begin)).toEqual(expected.filter((text) => text > begin));
        }
      }),
      { numRuns: 150 },
    );
  });
});
