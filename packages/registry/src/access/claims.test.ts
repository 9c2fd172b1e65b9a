import { makeKey, NOW, SERVICE, tokenOf } from '../../test/access-support.ts';
import { ES256, faultOf, messageOf, verified } from '../../test/access-tokens.ts';

describe('issuer and service', () => {
  it('from another issuer is refused, with both named', () => {
    expect(messageOf(tokenOf(ES256, { iss: 'somebody' }))).toBe(
      'the token is from the issuer "somebody"; expected is "the issuer"',
    );
    expect(faultOf(tokenOf(ES256, { iss: undefined }))).toMatchObject({ reason: 'issuer' });
  });

  it('for another service is refused, with both named', () => {
    expect(messageOf(tokenOf(ES256, { aud: 'elsewhere' }))).toBe(
      'the token is for the service "elsewhere"; this one is "registry.example"',
    );
    for (const aud of [undefined, [], ['elsewhere', 'there'], `${SERVICE}.`, SERVICE.toUpperCase()])
      expect(faultOf(tokenOf(ES256, { aud }))).toMatchObject({ reason: 'audience' });
  });

  it('for several services is taken where this is among them', () => {
    expect(faultOf(tokenOf(ES256, { aud: ['elsewhere', SERVICE] }))).toBeUndefined();
  });

  it('is not looked at before the signature: a forger is told nothing of it', () => {
    const forged = { ...makeKey('ES256'), kid: ES256.kid };
    for (const changes of [{ iss: 'somebody' }, { aud: 'elsewhere' }, { exp: 1 }, { access: 7 }, { sub: 7 }])
      expect(faultOf(tokenOf(forged, changes))).toMatchObject({ reason: 'signature' });
  });
});

describe('the time', () => {
  it('is over 60 s after exp, and the message says by how much', () => {
    const token = tokenOf(ES256, { exp: NOW });
    expect(faultOf(token, undefined, NOW + 60)).toBeUndefined();
    expect(faultOf(token, undefined, NOW + 60.001)).toMatchObject({ reason: 'expired', bySeconds: 60 });
    expect(messageOf(token, undefined, NOW + 75)).toBe(
      'the token expired 75 s ago (60 s are allowed for clocks that differ)',
    );
  });

  it.each(['nbf', 'iat'])('has come 60 s before %s, and the message says when it will', (claim) => {
    const token = tokenOf(ES256, { nbf: NOW, iat: NOW, exp: NOW + 1000, [claim]: NOW + 100 });
    expect(faultOf(token, undefined, NOW + 40)).toBeUndefined();
    expect(faultOf(token, undefined, NOW + 39)).toMatchObject({ reason: 'not-yet-valid', inSeconds: 61 });
    expect(messageOf(token, undefined, NOW)).toBe(
      'the token is valid only in 100 s (60 s are allowed for clocks that differ): is a clock wrong?',
    );
  });

  it('needs an end, but no beginning', () => {
    expect(faultOf(tokenOf(ES256, { exp: undefined }))).toMatchObject({
      reason: 'malformed',
      what: expect.stringContaining('exp'),
    });
    expect(faultOf(tokenOf(ES256, { nbf: undefined, iat: undefined }))).toBeUndefined();
  });

  it.each(['exp', 'nbf', 'iat'])('in %s is a number, or the token is refused', (claim) => {
    for (const value of ['1800000000', null, true, [NOW], {}])
      expect(faultOf(tokenOf(ES256, { [claim]: value }))).toMatchObject({ reason: 'malformed' });
    expect(faultOf(tokenOf(ES256, { exp: -1 }))).toMatchObject({ reason: 'expired' });
  });
});

describe('the access list', () => {
  const entry = { type: 'repository', name: 'a/b', actions: ['pull'] };

  it.each([
    'repository:a/b:pull',
    {},
    true,
    1,
    [null],
    ['repository:a/b:pull'],
    [[]],
    [{ ...entry, type: undefined }],
    [{ ...entry, type: 1 }],
    [{ ...entry, name: undefined }],
    [{ ...entry, name: ['a/b'] }],
    [{ ...entry, actions: 'pull' }],
    [{ ...entry, actions: { 0: 'pull', length: 1 } }],
    [{ ...entry, actions: ['pull', null] }],
    [{ ...entry, actions: [['pull']] }],
    [{ ...entry, class: 7 }],
    [entry, { ...entry, actions: 7 }],
  ])('of the wrong shape refuses the token: %j', (access) => {
    expect(faultOf(tokenOf(ES256, { access }))).toMatchObject({
      reason: 'malformed',
      what: expect.stringContaining('access'),
    });
  });

  it('may be absent or null, and so may the actions of an entry', () => {
    for (const access of [undefined, null, []])
      expect(verified(tokenOf(ES256, { access })).access).toEqual([]);
    for (const actions of [undefined, null, []])
      expect(verified(tokenOf(ES256, { access: [{ ...entry, actions }] })).access).toEqual([
        { ...entry, actions: [] },
      ]);
  });

  it('keeps the class of an entry and drops what is not of its form', () => {
    const access = [{ ...entry, class: 'plugin', more: 1, __proto__: { actions: ['*'] } }];
    expect(verified(tokenOf(ES256, { access })).access).toEqual([{ ...entry, class: 'plugin' }]);
  });

  it('of nobody is that of an anonymous token', () => {
    expect(verified(tokenOf(ES256, { sub: '' })).account).toBe('');
    expect(verified(tokenOf(ES256, { sub: undefined })).account).toBe('');
    expect(faultOf(tokenOf(ES256, { sub: 7 }))).toMatchObject({ reason: 'malformed' });
  });
});
