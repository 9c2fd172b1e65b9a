import fc from 'fast-check';
import { RegistryError } from '../errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import { type ManifestDocument, parseManifest, readStored, storedMediaType } from './manifest-document.ts';

const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER_IMAGE = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

const CONFIG = descriptor('application/vnd.oci.image.config.v1+json', 'a');
const TAR = 'application/vnd.oci.image.layer.v1.tar';
const LAYER = descriptor('application/vnd.oci.image.layer.v1.tar', 'b');
const ITEM = descriptor(OCI_IMAGE, 'c');

function descriptor(mediaType: string, letter: string, more: object = {}): object {
  return { mediaType, digest: `sha256:${letter.repeat(64)}`, size: 1, ...more };
}

const image = (more: object = {}): object => ({
  schemaVersion: 2,
  mediaType: OCI_IMAGE,
  config: CONFIG,
  layers: [LAYER],
  ...more,
});

const index = (more: object = {}): object => ({
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [ITEM],
  ...more,
});

function parse(document: unknown, contentType?: string, limits: Limits = DEFAULT_LIMITS): ManifestDocument {
  const bytes = document instanceof Uint8Array ? document : Buffer.from(JSON.stringify(document));
  return parseManifest(bytes, contentType, limits);
}

function messageOf(document: unknown, contentType?: string, limits?: Limits): string {
  try {
    parse(document, contentType, limits);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    expect(error).toMatchObject({ code: 'MANIFEST_INVALID', status: 400 });
    return error.message;
  }
  throw new Error('it was taken');
}

describe('what a manifest is', () => {
  test('an image needs its config and its layers', () => {
    const { mediaType, blobs, manifests } = parse(image());
    expect(mediaType).toBe(OCI_IMAGE);
    expect(blobs.map(({ where, digest }) => [where, digest.hex[0]])).toEqual([
      ['config', 'a'],
      ['layers[0]', 'b'],
    ]);
    expect(manifests).toEqual([]);
  });

  test('an index lists manifests', () => {
    const { mediaType, blobs, manifests } = parse(index());
    expect(mediaType).toBe(OCI_INDEX);
    expect(blobs).toEqual([]);
    expect(manifests.map(({ where }) => where)).toEqual(['manifests[0]']);
  });

  test.each([
    [OCI_IMAGE, image({ mediaType: undefined })],
    [OCI_INDEX, index({ mediaType: undefined })],
    [DOCKER_IMAGE, image({ mediaType: DOCKER_IMAGE })],
    [DOCKER_LIST, index({ mediaType: DOCKER_LIST })],
  ])('%s is taken with its Content-Type, and the OCI types without one', (type, document) => {
    expect(parse(document, type).mediaType).toBe(type);
    expect(parse(document).mediaType).toBe(type);
  });

  test.each([
    `${OCI_IMAGE}; charset=utf-8`,
    ` ${OCI_IMAGE} `,
    OCI_IMAGE.toUpperCase(),
    `${OCI_IMAGE};a="b;c"`,
  ])('parameters and case of the Content-Type %j mean nothing', (contentType) => {
    expect(parse(image(), contentType).mediaType).toBe(OCI_IMAGE);
  });

  test.each([
    [image(), OCI_INDEX],
    [image(), DOCKER_IMAGE],
    [image(), 'application/json'],
    [image(), ''],
    [index(), OCI_IMAGE],
    [image({ mediaType: OCI_IMAGE.toUpperCase() }), OCI_IMAGE],
    [image({ mediaType: 'text/plain' }), 'text/plain'],
    [image({ mediaType: '' }), OCI_IMAGE],
    [image({ mediaType: 7 }), OCI_IMAGE],
    [image({ mediaType: undefined }), 'toString'],
    [image({ mediaType: undefined }), OCI_INDEX],
    [index({ mediaType: undefined }), OCI_IMAGE],
    [image({ mediaType: undefined }), DOCKER_IMAGE],
  ])('%j with the Content-Type %j is refused', (document, contentType) => {
    expect(messageOf(document, contentType)).toMatch(/./);
  });

  test.each([1, 3, '2', null, undefined, 2.5])('schemaVersion %j is refused', (schemaVersion) => {
    expect(messageOf(image({ schemaVersion }))).toMatch(/schemaVersion|schema 1/);
  });

  test.each([
    [{ schemaVersion: 1, name: 'a', tag: 'b', fsLayers: [], history: [], signatures: [] }, undefined],
    [{ schemaVersion: 1 }, OCI_IMAGE],
    [{}, 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
    [{ schemaVersion: 2, mediaType: 'application/vnd.docker.distribution.manifest.v1+json' }, undefined],
  ])('schema 1 (%j, %j) is refused by name', (document, contentType) => {
    expect(messageOf(document, contentType)).toContain('schema 1 is not supported');
  });

  test.each([
    image({ manifests: [ITEM] }),
    image({ manifests: [] }),
    image({ fsLayers: [] }),
    index({ layers: [LAYER] }),
    index({ layers: [] }),
    index({ config: CONFIG }),
    index({ fsLayers: [] }),
    image({ Manifests: [ITEM] }),
    index({ LAYERS: [LAYER] }),
    image({ manifeſts: [ITEM] }),
    image({ MediaType: OCI_INDEX }),
    image({ Subject: ITEM }),
  ])('%j is one thing to some programs and another to others, and refused', (document) => {
    expect(messageOf(document)).toMatch(/something else to other programs|some programs take it for that/);
  });

  test('null is as good as nothing, and as an empty list', () => {
    expect(
      parse(image({ layers: null, manifests: null, subject: null, annotations: null })).blobs,
    ).toHaveLength(1);
    expect(parse(index({ manifests: null, artifactType: null })).manifests).toEqual([]);
  });
});

describe('descriptors', () => {
  test.each([
    ['config', image({ config: undefined })],
    ['config', image({ config: null })],
    ['config', image({ config: [] })],
    ['layers', image({ layers: undefined })],
    ['layers', image({ layers: {} })],
    ['layers[1]', image({ layers: [LAYER, 'x'] })],
    ['layers[0].digest', image({ layers: [descriptor('t', 'A')] })],
    ['layers[0].digest', image({ layers: [{ mediaType: 't', digest: 'sha256:1', size: 1 }] })],
    ['layers[0].digest', image({ layers: [{ mediaType: 't', size: 1 }] })],
    ['layers[0].size', image({ layers: [{ ...LAYER, size: -1 }] })],
    ['layers[0].size', image({ layers: [{ ...LAYER, size: 1.5 }] })],
    ['layers[0].size', image({ layers: [{ ...LAYER, size: '1' }] })],
    ['layers[0].size', image({ layers: [{ ...LAYER, size: 2 ** 60 }] })],
    ['layers[0].mediaType', image({ layers: [{ ...LAYER, mediaType: undefined }] })],
    ['manifests', index({ manifests: undefined })],
    ['manifests[0].digest', index({ manifests: [{ ...ITEM, digest: 'md5:1' }] })],
    ['subject', image({ subject: 'sha256:1' })],
    ['subject.digest', index({ subject: { ...ITEM, digest: '../../x' } })],
    ['layers[0].urls', image({ layers: [descriptor(TAR, 'b', { urls: 'https://a.example/' })] })],
    ['layers[0].urls[1]', image({ layers: [descriptor(TAR, 'b', { urls: ['https://a.example/', 1] })] })],
    ['layers[0].urls[0]', image({ layers: [descriptor(TAR, 'b', { urls: ['ftp://a.example/'] })] })],
    ['layers[0].urls[0]', image({ layers: [descriptor(TAR, 'b', { urls: ['https://a.example/#b'] })] })],
    ['layers[0].urls[0]', image({ layers: [descriptor(TAR, 'b', { urls: ['https://'] })] })],
    ['artifactType', image({ artifactType: 1 })],
    ['annotations', image({ annotations: [] })],
    ['annotations', image({ annotations: { a: 1 } })],
    ['annotations', index({ annotations: { a: null } })],
  ])('what is wrong with %s is said by name', (where, document) => {
    expect(messageOf(document)).toContain(`${where} must be`);
  });

  test.each([
    'application/vnd.oci.image.layer.nondistributable.v1.tar',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  ])('a layer of type %s is kept elsewhere', (mediaType) => {
    expect(parse(image({ layers: [descriptor(mediaType, 'b')] })).blobs).toHaveLength(1);
  });

  test('a layer of any other type is needed here, also with urls', () => {
    const layer = descriptor(TAR, 'b', { urls: ['https://example.com/b'] });
    const document = parse(image({ layers: [layer] }));
    expect(document.blobs).toHaveLength(2);
    expect(document.links).toEqual([{ where: 'layers[0].urls[0]', url: 'https://example.com/b' }]);
  });

  test('there may be as many as the limit, and not one more', () => {
    const limits = { ...DEFAULT_LIMITS, manifestDescriptors: 3 };
    expect(parse(image({ layers: [LAYER, LAYER] }), undefined, limits).blobs).toHaveLength(3);
    expect(messageOf(image({ layers: [LAYER, LAYER, LAYER] }), undefined, limits)).toContain('4 descriptors');
  });
});

describe('what referrers show', () => {
  test('the subject, annotations, and the type of artifact that the document names', () => {
    const document = parse(image({ subject: ITEM, artifactType: 'a/b', annotations: { x: 'y' } }));
    expect(document).toMatchObject({ artifactType: 'a/b', annotations: { x: 'y' } });
    expect(document.subject?.hex).toBe('c'.repeat(64));
  });

  test.each([undefined, '', null])(
    "an image whose artifactType is %j has its config's type",
    (artifactType) => {
      expect(parse(image({ artifactType })).artifactType).toBe('application/vnd.oci.image.config.v1+json');
    },
  );

  test.each([undefined, ''])('an index whose artifactType is %j has none', (artifactType) => {
    expect(parse(index({ artifactType })).artifactType).toBeUndefined();
  });
});

describe('JSON', () => {
  const good = Buffer.from(JSON.stringify(image()));

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello')],
    ['a list', Buffer.from('[]')],
    ['a string', Buffer.from('"{}"')],
    ['null', Buffer.from('null')],
    ['half of it', good.subarray(0, good.length / 2)],
    ['something after it', Buffer.concat([good, Buffer.from('{}')])],
    ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), good])],
    ['UTF-16', Buffer.from(JSON.stringify(image()), 'utf16le')],
    ['bytes that are not UTF-8', Buffer.from('{"schemaVersion":2,"x":"\xff"}', 'latin1')],
    ['a trailing comma', Buffer.from('{"schemaVersion":2,}')],
  ])('%s is refused', (_, bytes) => {
    expect(messageOf(bytes)).toMatch(/not (JSON|a JSON object)/);
  });

  test.each(['[', '{"a":'])('10,000 times %s is refused before it is parsed', (opening) => {
    expect(messageOf(Buffer.from(opening.repeat(10_000)))).toContain('deeper than 100');
  });

  test('nesting counts only outside of strings, up to the limit', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const holding = (value: string): Buffer =>
      Buffer.from(JSON.stringify(image()).replace(/}$/, `,"x":${value}}`));
    expect(parse(holding(nested(99))).mediaType).toBe(OCI_IMAGE);
    expect(messageOf(holding(nested(100)))).toContain('deeper than 100');
    expect(parse(holding(JSON.stringify(`"\\"${nested(500)}\\\\`))).mediaType).toBe(OCI_IMAGE);
  });

  test('any bytes are a manifest or refused, and never anything worse', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
      fc
        .dictionary(
          fc.constantFrom(
            'schemaVersion',
            'mediaType',
            'config',
            'layers',
            'manifests',
            'subject',
            '__proto__',
          ),
          fc.oneof(
            fc.constantFrom<unknown>(2, OCI_IMAGE, OCI_INDEX, CONFIG, [LAYER], [ITEM], ITEM),
            fc.jsonValue(),
          ),
        )
        .map((value) => Buffer.from(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(bytes, (document) => {
        try {
          expect(parse(document).mediaType).toMatch(/^application\//);
        } catch (error) {
          expect(error).toMatchObject({ code: 'MANIFEST_INVALID' });
        }
        expect(typeof storedMediaType(document)).toBe('string');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what is stored already', () => {
  test.each([
    [OCI_IMAGE, { schemaVersion: 2, config: CONFIG, layers: [] }],
    [OCI_INDEX, { schemaVersion: 2, manifests: [] }],
    [DOCKER_LIST, index({ mediaType: DOCKER_LIST })],
    ['application/vnd.example+json', { mediaType: 'application/vnd.example+json' }],
    ['application/vnd.docker.distribution.manifest.v1+prettyjws', { schemaVersion: 1, fsLayers: [] }],
    [OCI_IMAGE, 'not a manifest at all'],
  ])('is served as %s', (mediaType, document) => {
    expect(storedMediaType(Buffer.from(JSON.stringify(document)))).toBe(mediaType);
  });

  test('and is no referrer if it cannot be read', () => {
    expect(readStored(Buffer.from('x'), DEFAULT_LIMITS)).toBeUndefined();
    expect(
      readStored(Buffer.from(JSON.stringify(image({ subject: ITEM }))), DEFAULT_LIMITS)?.subject,
    ).toBeDefined();
  });
});
