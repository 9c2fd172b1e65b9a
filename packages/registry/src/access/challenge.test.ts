import { parseScopes } from '@berth/acl';
import fc from 'fast-check';
import { formatChallenge, scopesOf } from './challenge.ts';
import type { Need } from './gate.ts';

const SOURCE = { realm: 'https://registry.example/auth', service: 'registry.example' };
const NEED: Need = { type: 'repository', name: 'a/b', actions: ['pull', 'push'] };

/**
 * A challenge read by the letter of RFC 9110: scheme, one space, name="value" with commas between. Stricter than
 * any client; undefined for anything else.
 */
function parsed(header: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  let rest = header.replace(/^Bearer /, '');
  if (rest === header) return undefined;
  while (rest !== '') {
    const match =
      /^([a-z_]+)="((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\x20-\x7e])*)"(?:,(?=[a-z])|$)/.exec(rest);
    const [all = '', name = '', value = ''] = match ?? [];
    if (all === '' || parameters.has(name)) return undefined;
    parameters.set(name, Buffer.from(value.replace(/\\(.)/g, '$1'), 'latin1').toString('utf8'));
    rest = rest.slice(all.length);
  }
  return parameters;
}

/** The parameters as docker's and containerd's client read them: an empty value is the end of the list. */
function readByDocker(header: string): Readonly<Record<string, string>> {
  const read: Record<string, string> = {};
  let rest = `,${header.slice('Bearer '.length)}`;
  for (;;) {
    const match = /^,\s*([!#$%&'*+.^_`|~\w-]+)="((?:[^"\\]|\\.)*)"/.exec(rest);
    if (match === null || match[2] === '') return read;
    read[match[1] ?? ''] = (match[2] ?? '').replace(/\\(.)/g, '$1');
    rest = rest.slice(match[0].length);
  }
}

describe('a challenge', () => {
  it('names realm, service and scope, in the form that every client knows', () => {
    expect(formatChallenge(SOURCE, [NEED])).toBe(
      'Bearer realm="https://registry.example/auth",service="registry.example",scope="repository:a/b:pull,push"',
    );
  });

  it('has no scope where nothing but a credential is needed', () => {
    expect(formatChallenge(SOURCE, [])).toBe(
      'Bearer realm="https://registry.example/auth",service="registry.example"',
    );
  });

  it('names several scopes in one parameter, with a space between, and each thing once', () => {
    const needs: readonly Need[] = [
      NEED,
      { type: 'repository', name: 'c', actions: ['pull'] },
      { type: 'registry', name: 'catalog', actions: ['*'] },
      { type: 'repository', name: 'a/b', actions: ['pull', 'delete'] },
    ];
    expect(parsed(formatChallenge(SOURCE, needs))?.get('scope')).toBe(
      'repository:a/b:pull,push,delete repository:c:pull registry:catalog:*',
    );
  });

  it('names the error last, its description in plain ASCII and not too long', () => {
    const description = `the "kid" is \\ ünknown\r\n${'x'.repeat(300)}`;
    const header = formatChallenge(SOURCE, [NEED], { error: 'invalid_token', description });
    expect(header).toMatch(
      /,error="invalid_token",error_description="the 'kid' is \? \?nknown\?\?x{170,}\.\.\."$/,
    );
    expect(parsed(header)?.get('error_description')).toHaveLength(200);
  });

  it('reads back as it was meant, whatever realm, service and description are', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constantFrom('"', '\\', '\\"', 'é', '\r\n'),
    );
    const name = fc.stringMatching(/^[a-z0-9]{1,8}(\/[a-z0-9]{1,8}){0,2}$/);
    const need = fc.record<Need>({
      type: fc.constantFrom('repository', 'registry'),
      name,
      actions: fc.subarray(['pull', 'push', 'delete', '*'], { minLength: 1 }),
    });
    fc.assert(
      fc.property(
        text,
        text,
        text,
        fc.array(need, { maxLength: 4 }),
        (realm, service, description, needs) => {
          const header = formatChallenge({ realm, service }, needs, {
            error: 'insufficient_scope',
            description,
          });
          const read = parsed(header);
          const plain = (value: string) => value.toWellFormed().replace(/\p{Cc}/gu, ' ');
          expect(read?.get('realm') ?? '').toBe(plain(realm));
          expect(read?.get('service') ?? '').toBe(plain(service));
          expect(read?.get('error')).toBe('insufficient_scope');
          const scopes = read?.get('scope') ?? '';
          expect(scopes).toBe(scopesOf(needs).join(' '));
          for (const { type, name: asked, actions } of needs) {
            const found = parseScopes([scopes]).find((scope) => scope.type === type && scope.name === asked);
            for (const action of actions) expect(found?.actions).toContain(action);
          }
          expect(Object.keys(readByDocker(header))).toEqual([...(read?.keys() ?? [])]);
        },
      ),
    );
  });

  it('is a value that node:http takes for a header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const header = formatChallenge({ realm: text, service: text }, [], {
          error: 'invalid_token',
          description: text,
        });
        // What node:http allows in a header's value.
        expect(header).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
      }),
    );
  });
});
