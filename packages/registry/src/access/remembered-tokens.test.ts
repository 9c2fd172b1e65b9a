import { DELETE, gateWith, granted, KEY, PULL, PUSH, refusal } from '../../test/access-gates.ts';
import { bearing, makeKey, NOW, tokenOf } from '../../test/access-support.ts';
import { grantOf } from './grant.ts';
import { RememberedTokens } from './remembered-tokens.ts';

describe('a remembered token', () => {
  it('gives the same grant, and is denied what it lacks all the same', async () => {
    const gate = gateWith();
    const token = tokenOf(KEY);
    const first = granted(gate, bearing(token), PULL);
    expect(granted(gate, bearing(token), PUSH)).toBe(first);
    expect(await refusal(bearing(token), DELETE, gate)).toMatchObject({ code: 'DENIED' });
  });

  it('is not verified again while it is valid', () => {
    let looks = 0;
    const options = { kid: KEY.kid, key: KEY.publicKey };
    const gate = gateWith({
      keys: [
        {
          ...options,
          get algorithms() {
            looks += 1;
            return ['ES256'] as const;
          },
        },
      ],
    });
    const token = tokenOf(KEY);
    granted(gate, bearing(token));
    const once = looks;
    for (let i = 0; i < 10; i += 1) granted(gate, bearing(token));
    expect(once).toBeGreaterThan(0);
    expect(looks).toBe(once);
  });

  it('is refused from the moment that it is over', async () => {
    let nowMs = NOW * 1000;
    const gate = gateWith({ clock: () => nowMs });
    const request = bearing(tokenOf(KEY, { exp: NOW + 10 }));
    const first = granted(gate, request);
    nowMs = (NOW + 70) * 1000;
    expect(granted(gate, request)).toBe(first);
    nowMs += 1;
    expect(await refusal(request, [], gate)).toMatchObject({ detail: { token: { reason: 'expired' } } });
  });

  it('was valid: one that was refused stays refused', async () => {
    const gate = gateWith();
    const forged = bearing(tokenOf({ ...makeKey('ES256'), kid: KEY.kid }));
    for (let i = 0; i < 3; i += 1)
      expect(await refusal(forged, [], gate)).toMatchObject({ detail: { token: { reason: 'signature' } } });
  });

  it('is one gate’s own', async () => {
    const token = tokenOf(KEY);
    granted(gateWith(), bearing(token));
    expect(await refusal(bearing(token), [], gateWith({ service: 'elsewhere' }))).toMatchObject({
      detail: { token: { reason: 'audience' } },
    });
  });
});

describe('what is remembered', () => {
  const grant = grantOf('alice', []);

  it('is bounded in number: the token that was not used for longest is forgotten', () => {
    const tokens = new RememberedTokens();
    for (let i = 0; i < 10_001; i += 1) {
      tokens.remember(`token ${i}`, grant, NOW);
      tokens.recall('token 0', NOW);
    }
    expect(tokens.recall('token 0', NOW)).toBe(grant);
    expect(tokens.recall('token 1', NOW)).toBeUndefined();
    expect(tokens.recall('token 2', NOW)).toBe(grant);
  });

  it('is bounded in size', () => {
    const tokens = new RememberedTokens();
    const long = 'x'.repeat(16_000);
    for (let i = 0; i < 1000; i += 1) tokens.remember(`${long}${i}`, grant, NOW);
    const kept = Array.from({ length: 1000 }, (_, i) => tokens.recall(`${long}${i}`, NOW)).filter(Boolean);
    expect(kept.length).toBeGreaterThan(400);
    expect(kept.length).toBeLessThan(530);
  });
});
