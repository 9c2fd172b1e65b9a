import {
  CHALLENGE,
  DELETE,
  FROM,
  gateWith,
  granted,
  KEY,
  PULL,
  PUSH,
  refusal,
} from '../../test/access-gates.ts';
import { bearing, makeKey, NOW, requestWith, tokenOf, withPassword } from '../../test/access-support.ts';

describe('a stranger', () => {
  it('is challenged everywhere, also where nothing is needed, as at /v2/', async () => {
    expect(await refusal(requestWith(), [])).toEqual({
      code: 'UNAUTHORIZED',
      status: 401,
      message: 'authentication required',
      detail: { needed: [] },
      headers: { 'WWW-Authenticate': CHALLENGE },
    });
  });

  it('is told which scope to ask for, and what would be good to have', async () => {
    expect(await refusal(requestWith(), PUSH)).toMatchObject({
      detail: { needed: ['repository:a/b:pull,push'] },
      headers: { 'WWW-Authenticate': `${CHALLENGE},scope="repository:a/b:pull,push"` },
    });
    expect(await refusal(requestWith(), PUSH, gateWith(), FROM)).toMatchObject({
      headers: { 'WWW-Authenticate': `${CHALLENGE},scope="repository:a/b:pull,push repository:other:pull"` },
    });
  });

  it('sees the realm as it is for its own request', async () => {
    const gate = gateWith({ realm: ({ rawHeaders }) => `http://${rawHeaders[1]}/auth` });
    expect(
      (await refusal(requestWith(['Host', '[::1]:5000']), [], gate)).headers['WWW-Authenticate'],
    ).toContain('realm="http://[::1]:5000/auth"');
  });

  it.each([
    ['several headers', requestWith(['Authorization', 'Bearer a'], ['Authorization', 'Bearer a'])],
    ['another scheme', requestWith(['Authorization', 'Digest a'])],
    ['broken base64', requestWith(['Authorization', 'Basic *'])],
    ['a password, where none can be checked', withPassword('alice', 'secret')],
  ])('with %s is challenged, and told what to mend', async (_what, request) => {
    const answer = await refusal(request, PULL);
    expect(answer).toMatchObject({
      code: 'UNAUTHORIZED',
      status: 401,
      headers: { 'WWW-Authenticate': `${CHALLENGE},scope="repository:a/b:pull"` },
    });
    expect(answer.message).toMatch(/^authentication required: .{10,}/);
  });
});

describe('a token', () => {
  it('lets in who holds what is needed', () => {
    const grant = granted(gateWith(), bearing(tokenOf(KEY)), PUSH);
    expect(grant.account).toBe('alice');
    expect(grant.allows('repository', 'a/b', 'push')).toBe(true);
    expect(grant.allows('repository', 'a/b', 'delete')).toBe(false);
    expect(grant.allows('repository', 'a', 'pull')).toBe(false);
    expect(grant.allows('registry', 'a/b', 'pull')).toBe(false);
    expect(grant.asked('repository', 'a/b')).toBe(true);
    expect(grant.asked('repository', 'other')).toBe(false);
    expect(grant.mayPull).toBeUndefined();
    expect(Object.isFrozen(grant)).toBe(true);
  });

  it('that is valid is enough where nothing is needed, an anonymous one as well', () => {
    expect(granted(gateWith(), bearing(tokenOf(KEY, { access: [] }))).account).toBe('alice');
    expect(granted(gateWith(), bearing(tokenOf(KEY, { sub: '', access: null }))).account).toBe('');
  });

  it('with the action * allows every action, and tells an entry without actions from none', () => {
    const access = [
      { type: 'registry', name: 'catalog', actions: ['*'] },
      { type: 'repository', name: 'empty', actions: [] },
      { type: 'repository', name: 'twice', actions: ['pull'] },
      { type: 'repository', name: 'twice', class: 'plugin', actions: ['push'] },
    ];
    const grant = granted(gateWith(), bearing(tokenOf(KEY, { access })));
    for (const action of ['*', 'pull', 'anything'])
      expect(grant.allows('registry', 'catalog', action)).toBe(true);
    expect(grant.asked('repository', 'empty')).toBe(true);
    expect(grant.allows('repository', 'empty', 'pull')).toBe(false);
    expect(['pull', 'push', '*'].map((action) => grant.allows('repository', 'twice', action))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('that lacks a right is denied, with what was asked, what is missing and what it holds', async () => {
    const answer = await refusal(bearing(tokenOf(KEY)), [...PULL, ...DELETE]);
    const message =
      'requested access to the resource is denied: account alice lacks repository:a/b:delete; it holds repository:a/b:pull,push';
    expect(answer).toEqual({
      code: 'DENIED',
      status: 401,
      message,
      detail: {
        account: 'alice',
        needed: ['repository:a/b:pull,delete'],
        missing: ['repository:a/b:delete'],
        holds: ['repository:a/b:pull,push'],
      },
      headers: {
        'WWW-Authenticate': `${CHALLENGE},scope="repository:a/b:pull,delete",error="insufficient_scope",error_description="${message}"`,
      },
    });
  });

  it('of nobody that lacks a right says that nobody is logged in', async () => {
    expect((await refusal(bearing(tokenOf(KEY, { sub: '', access: [] })), PULL)).message).toBe(
      'requested access to the resource is denied: nobody is logged in, and anonymous access lacks repository:a/b:pull; it holds nothing',
    );
  });

  it('with hundreds of scopes is shown ten of them', async () => {
    const access = Array.from({ length: 100 }, (_, i) => ({
      type: 'repository',
      name: `r${i}`,
      actions: ['pull'],
    }));
    const { detail } = await refusal(bearing(tokenOf(KEY, { access })), PULL);
    expect(detail).toMatchObject({ holds: { length: 10 } });
  });

  it.each<[string, Readonly<Record<string, unknown>>, string, string]>([
    ['expired', { exp: NOW - 75 }, 'expired', 'the token expired 75 s ago'],
    ['not yet valid', { nbf: NOW + 75 }, 'not-yet-valid', 'the token is valid only in 75 s'],
    ['from another issuer', { iss: 'x' }, 'issuer', 'the token is from the issuer "x"'],
    ['for another service', { aud: 'x' }, 'audience', 'the token is for the service "x"'],
  ])(
    'that is %s is refused with the reason in message, detail and header',
    async (_what, changes, reason, message) => {
      const answer = await refusal(bearing(tokenOf(KEY, changes)), PULL);
      expect(answer).toMatchObject({ code: 'UNAUTHORIZED', status: 401, detail: { token: { reason } } });
      expect(answer.message).toContain(message);
      expect(answer.headers['WWW-Authenticate']).toContain(
        `${CHALLENGE},scope="repository:a/b:pull",error="invalid_token",error_description="${message.replaceAll('"', "'")}`,
      );
    },
  );

  it('that is refused is refused the same, whatever is asked for', async () => {
    const request = bearing(tokenOf(makeKey('ES256')));
    const [base, pull] = [await refusal(request, []), await refusal(request, PULL)];
    expect(base.message).toBe(pull.message);
    expect(base.code).toBe(pull.code);
  });

  it('that is refused or denied is told as well what would be good to have', async () => {
    const both = 'scope="repository:a/b:pull,push repository:other:pull"';
    for (const token of [tokenOf(KEY, { exp: 1 }), tokenOf(KEY, { access: [] })]) {
      const { headers } = await refusal(bearing(token), PUSH, gateWith(), FROM);
      expect(headers['WWW-Authenticate']).toContain(`${both},error="`);
    }
  });

  it('that lacks what came up later is challenged in the same form', () => {
    const gate = gateWith();
    const request = bearing(tokenOf(KEY));
    const error = gate.challenge(request, [...PUSH, ...FROM], granted(gate, request, PUSH));
    expect(error).toMatchObject({
      code: 'DENIED',
      status: 401,
      detail: { missing: ['repository:other:pull'] },
    });
    expect(error.headers['WWW-Authenticate']).toContain(
      `${CHALLENGE},scope="repository:a/b:pull,push repository:other:pull",error="insufficient_scope"`,
    );
  });

  it('never comes back in an answer, nor does a password', async () => {
    const token = tokenOf(KEY, { exp: 1 });
    const passwords = gateWith({ grantForPassword: async () => ({ outcome: 'refused' }) });
    const answers = [
      await refusal(bearing(token), PULL),
      await refusal(bearing(`${token}x`), PULL),
      await refusal(withPassword('alice', token), PULL),
      await refusal(withPassword('alice', token), PULL, passwords),
    ];
    const [, payload = '', signature = ''] = token.split('.');
    for (const answer of answers) {
      expect(JSON.stringify(answer)).not.toContain(signature);
      expect(JSON.stringify(answer)).not.toContain(payload);
    }
  });
});

describe('the options', () => {
  it('are refused without a key, an issuer or a service', () => {
    expect(() => gateWith({ keys: [] })).toThrow('no trusted key');
    expect(() => gateWith({ issuer: '' })).toThrow('issuer');
    expect(() => gateWith({ service: '' })).toThrow('service');
  });
});

describe('what is recalled', () => {
  const request = bearing(tokenOf(KEY));

  it('is the grant of a token that was verified before', () => {
    const gate = gateWith();
    expect(gate.recall?.(request, PULL)).toBeUndefined();
    granted(gate, request, PULL);
    expect(gate.recall?.(request, PULL)?.account).toBe('alice');
    expect(gate.recall?.(requestWith(), PULL)).toBeUndefined();
  });

  it('is nothing where the grant does not cover what is needed', () => {
    const gate = gateWith();
    granted(gate, request, PULL);
    expect(gate.recall?.(request, FROM)).toBeUndefined();
  });

  it('is nothing once the token has ended', () => {
    let nowMs = NOW * 1000;
    const gate = gateWith({ clock: () => nowMs });
    granted(gate, request, PULL);
    nowMs += 3_600_000;
    expect(gate.recall?.(request, PULL)).toBeUndefined();
  });
});
