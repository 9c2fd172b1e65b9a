import fc from 'fast-check';
import { RegistryError } from './errors.ts';
import { digestOf, parseRepositoryName, parseTag, parseUploadId } from './names.ts';
import { parseRoute, type Route } from './path.ts';

const HEX = 'c3'.repeat(32);
const DIGEST = digestOf('sha256', HEX);
const ID = '01234567-89ab-cdef-0123-456789abcdef';

function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the test itself is wrong');
  return value;
}

const NAME = known(parseRepositoryName('a/b'));

function errorOf(method: string, path: string): RegistryError {
  try {
    parseRoute(method, path);
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
  throw new Error(`${method} ${path} is a route`);
}

/** Each endpoint of the spec with what stands behind `/v2/<name>/`, and what it is. */
const ENDPOINTS: readonly (readonly [string, string, Route])[] = [
  ['HEAD', `blobs/${DIGEST.text}`, { kind: 'blob-head', name: NAME, digest: DIGEST }],
  ['GET', `blobs/${DIGEST.text}`, { kind: 'blob-get', name: NAME, digest: DIGEST }],
  ['DELETE', `blobs/${DIGEST.text}`, { kind: 'blob-delete', name: NAME, digest: DIGEST }],
  ['GET', 'manifests/v1', manifest('manifest-get')],
  ['HEAD', 'manifests/v1', manifest('manifest-head')],
  ['PUT', 'manifests/v1', manifest('manifest-put')],
  ['DELETE', 'manifests/v1', manifest('manifest-delete')],
  ['POST', 'blobs/uploads/', { kind: 'upload-start', name: NAME }],
  ['POST', 'blobs/uploads', { kind: 'upload-start', name: NAME }],
  ['GET', `blobs/uploads/${ID}`, upload('upload-status')],
  ['PATCH', `blobs/uploads/${ID}`, upload('upload-append')],
  ['PUT', `blobs/uploads/${ID}`, upload('upload-finish')],
  ['DELETE', `blobs/uploads/${ID}`, upload('upload-cancel')],
  ['GET', 'tags/list', { kind: 'tags', name: NAME }],
  ['GET', `referrers/${DIGEST.text}`, { kind: 'referrers', name: NAME, digest: DIGEST }],
];

function manifest(kind: 'manifest-get' | 'manifest-head' | 'manifest-put' | 'manifest-delete'): Route {
  return { kind, name: NAME, reference: { kind: 'tag', tag: known(parseTag('v1')) } };
}

function upload(kind: 'upload-status' | 'upload-append' | 'upload-finish' | 'upload-cancel'): Route {
  return { kind, name: NAME, id: known(parseUploadId(ID)) };
}

describe('routes', () => {
  test.each(ENDPOINTS)('%s /v2/a/b/%s is its endpoint', (method, rest, route) => {
    expect(parseRoute(method, `/v2/a/b/${rest}`)).toEqual(route);
  });

  test('archives have their own paths, named as images are', () => {
    const tag = { kind: 'tag', tag: known(parseTag('v1')) };
    const digest = { kind: 'digest', digest: DIGEST };
    for (const path of ['/upload/a/b:v1', '/upload/a/b%3Av1'])
      for (const method of ['POST', 'PUT'])
        expect(parseRoute(method, path)).toEqual({ kind: 'archive-upload', name: NAME, reference: tag });
    const route = { kind: 'archive-download', name: NAME };
    expect(parseRoute('GET', '/download/a/b:v1')).toEqual({ ...route, reference: tag });
    expect(parseRoute('HEAD', `/download/a/b@${DIGEST.text}`)).toEqual({ ...route, reference: digest });
    expect(errorOf('GET', '/download/a/b').code).toBe('TAG_INVALID');
    expect(errorOf('GET', '/download/a/../b:v1').code).toBe('NAME_INVALID');
    expect(errorOf('GET', '/downloads/a/b:v1').status).toBe(404);
  });

  test('a manifest may be asked for by digest, also with an encoded colon', () => {
    const reference = { kind: 'digest', digest: DIGEST };
    for (const text of [DIGEST.text, `sha256%3A${HEX}`, `sha256%3a${HEX}`]) {
      expect(parseRoute('GET', `/v2/a/b/manifests/${text}`)).toMatchObject({ reference });
    }
  });

  test('words of the API may be parts of a name', () => {
    for (const name of [
      'blobs',
      'blobs/uploads',
      'manifests',
      'tags/list',
      'v2',
      'a/manifests/b',
      'referrers',
    ]) {
      for (const [method, rest, route] of ENDPOINTS) {
        expect(parseRoute(method, `/v2/${name}/${rest}`)).toEqual({ ...route, name });
      }
    }
  });

  test('every text is a route or a RegistryError, and the name in a route is a name', () => {
    const words = fc.constantFrom(
      ...['', 'a', 'A', '..', '.', 'blobs', 'uploads', 'manifests', 'tags', 'list', 'referrers', '_catalog'],
      ...[DIGEST.text, ID, 'v1', '%2e%2e', '%2F', '%', '%zz', '%00', '\u{1f600}', '_uploads', '_manifests'],
    );
    const paths = fc.array(words, { maxLength: 8 }).map((parts) => `/v2/${parts.join('/')}`);
    const methods = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', '__proto__');
    fc.assert(
      fc.property(methods, paths, (method, path) => {
        try {
          const route = parseRoute(method, path);
          if ('name' in route) expect(parseRepositoryName(route.name)).toBe(route.name);
        } catch (error) {
          expect(error).toBeInstanceOf(RegistryError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['/v2/A/manifests/v1', 'NAME_INVALID', 400],
    ['/v2//manifests/v1', 'NAME_INVALID', 400],
    ['/v2/manifests/v1', 'NAME_INVALID', 400],
    ['/v2/a%2Fb/manifests/v1', 'NAME_INVALID', 400],
    ['/v2/a/../b/tags/list', 'NAME_INVALID', 400],
    [`/v2/${'a'.repeat(256)}/tags/list`, 'NAME_INVALID', 400],
    ['/v2/a/_manifests/tags/list', 'NAME_INVALID', 400],
    ['/v2/a/manifests/..', 'TAG_INVALID', 400],
    ['/v2/a/manifests/%2e%2e', 'TAG_INVALID', 400],
    ['/v2/a/manifests/a%2Fb', 'TAG_INVALID', 400],
    ['/v2/a/manifests/', 'TAG_INVALID', 400],
    [`/v2/a/manifests/${'t'.repeat(129)}`, 'TAG_INVALID', 400],
    ['/v2/a/manifests/sha256:1', 'DIGEST_INVALID', 400],
    ['/v2/a/blobs/latest', 'DIGEST_INVALID', 400],
    ['/v2/a/blobs/sha256:%', 'DIGEST_INVALID', 400],
    ['/v2/a/referrers/x', 'DIGEST_INVALID', 400],
    ['/v2/a/blobs/uploads/x', 'BLOB_UPLOAD_UNKNOWN', 404],
    ['/v2/a', 'UNSUPPORTED', 404],
    ['/v2x/a/tags/list', 'UNSUPPORTED', 404],
    ['', 'UNSUPPORTED', 404],
  ])('GET %s is refused', (path, code, status) => {
    expect(errorOf('GET', path)).toMatchObject({ code, status });
  });

  test('an error shows what was sent, but not all of something long', () => {
    expect(errorOf('GET', '/v2/Bad/tags/list').message).toContain('"Bad"');
    expect(errorOf('GET', `/v2/${'B'.repeat(5000)}/tags/list`).message.length).toBeLessThan(1000);
  });
});
