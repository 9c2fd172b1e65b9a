import { CHALLENGE, FROM, gateWith, granted, KEY, PULL, PUSH, refusal } from '../../test/access-gates.ts';
import { requestWith, SERVICE, tokenOf, withPassword } from '../../test/access-support.ts';
import type { AccessGate } from './gate.ts';
import type { PasswordAnswer, PasswordAsk, PullAsk } from './token-access.ts';

describe('a password', () => {
  function gateAsking(answer: PasswordAnswer): { gate: AccessGate; asks: PasswordAsk[] } {
    const asks: PasswordAsk[] = [];
    const grantForPassword = async (ask: PasswordAsk) => {
      asks.push(ask);
      return answer;
    };
    return { gate: gateWith({ grantForPassword, address: () => '192.0.2.1' }), asks };
  }

  it('is asked for what the route needs and wants, and grants what it is given', async () => {
    const { gate, asks } = gateAsking({
      outcome: 'granted',
      account: 'Alice',
      access: [
        { type: 'repository', name: 'a/b', actions: ['pull', 'push'] },
        { type: 'repository', name: 'other', actions: [] },
      ],
    });
    const grant = await gate.authorize(withPassword('alice', 'pass:word'), PUSH, FROM);
    expect(asks).toEqual([
      {
        account: 'alice',
        password: 'pass:word',
        address: '192.0.2.1',
        service: SERVICE,
        scopes: [
          { type: 'repository', class: '', name: 'a/b', actions: ['pull', 'push'] },
          { type: 'repository', class: '', name: 'other', actions: ['pull'] },
        ],
      },
    ]);
    expect(grant.account).toBe('Alice');
    expect(grant.asked('repository', 'other')).toBe(true);
    expect(grant.allows('repository', 'other', 'pull')).toBe(false);
  });

  it('that is wrong is challenged', async () => {
    const { gate } = gateAsking({ outcome: 'refused' });
    expect(await refusal(withPassword('alice', 'wrong'), PULL, gate)).toEqual({
      code: 'UNAUTHORIZED',
      status: 401,
      message: 'authentication required: account or password is wrong',
      detail: { needed: ['repository:a/b:pull'] },
      headers: { 'WWW-Authenticate': `${CHALLENGE},scope="repository:a/b:pull"` },
    });
  });

  it('that is right but not enough is denied', async () => {
    const access = [{ type: 'repository', name: 'a/b', actions: ['pull'] }];
    const { gate } = gateAsking({ outcome: 'granted', account: 'alice', access });
    const answer = await refusal(withPassword('alice', 'right'), PUSH, gate);
    expect(answer).toMatchObject({
      code: 'DENIED',
      status: 401,
      detail: { missing: ['repository:a/b:push'] },
    });
  });

  it('that is tried too often has to wait, a second at least', async () => {
    for (const [retryAfterSeconds, header] of [
      [29.2, '30'],
      [0, '1'],
    ] as const) {
      const { gate } = gateAsking({ outcome: 'slow-down', retryAfterSeconds });
      expect(await refusal(withPassword('alice', 'wrong'), PULL, gate)).toMatchObject({
        code: 'TOOMANYREQUESTS',
        status: 429,
        headers: { 'Retry-After': header },
      });
    }
  });

  it('is asked about every time: nothing of it is remembered here', async () => {
    const { gate, asks } = gateAsking({ outcome: 'granted', account: 'alice', access: [] });
    for (let i = 0; i < 3; i += 1) await gate.authorize(withPassword('alice', 'right'), []);
    expect(asks).toHaveLength(3);
  });
});

describe('the rules, where they are in the same process', () => {
  it('are asked for the account and the address of each request', async () => {
    const asks: PullAsk[] = [];
    let looks = 0;
    const gate = gateWith({
      mayPull: (ask) => asks.push(ask) > 1,
      address: ({ rawHeaders }) => `${rawHeaders[1]}-${++looks}`,
      grantForPassword: async () => ({ outcome: 'granted', account: 'bob', access: [] }),
    });
    const token = `Bearer ${tokenOf(KEY)}`;
    const one = granted(gate, requestWith(['From', 'one'], ['Authorization', token]));
    expect([one.mayPull?.('x'), one.mayPull?.('y')]).toEqual([false, true]);
    granted(gate, requestWith(['From', 'two'], ['Authorization', token])).mayPull?.('z');
    (await gate.authorize(withPassword('bob', 'b'), [])).mayPull?.('z');
    expect(asks.map(({ account, name, address, service }) => [account, name, address, service])).toEqual([
      ['alice', 'x', 'one-1', SERVICE],
      ['alice', 'y', 'one-1', SERVICE],
      ['alice', 'z', 'two-2', SERVICE],
      ['bob', 'z', expect.stringMatching(/^Basic .*-4$/), SERVICE],
    ]);
  });
});
