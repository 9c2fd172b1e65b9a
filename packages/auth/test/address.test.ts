// The client's address, as docker_auth finds it.
import { closeAll, house } from './support.ts';

afterEach(closeAll);

const ANONYMOUS = { '': {} };

async function addressSeen(options: Parameters<typeof house>[0], headers: Record<string, string>) {
  const { client, events } = house({ users: ANONYMOUS, ...options });
  const response = await client.get('/auth').set(headers);
  const [event] = events;
  return response.status === 200 && event?.kind === 'token' ? event.address : response;
}

test('is that of the connection, and no header changes it unasked', async () => {
  expect(await addressSeen({}, { 'X-Forwarded-For': '192.0.2.1', 'X-Real-IP': '192.0.2.1' })).toBe(
    '127.0.0.1',
  );
});

test('is what the server says where it knows better', async () => {
  const address = () => '::ffff:192.0.2.1';
  expect(await addressSeen({ address }, {})).toBe('192.0.2.1');
  expect(await addressSeen({ address, realIpHeader: 'X-Real-IP' }, { 'X-Real-IP': '192.0.2.2' })).toBe(
    '192.0.2.2',
  );
});

test.each<[string, number | undefined, string]>([
  ['192.0.2.1', undefined, '192.0.2.1'],
  ['192.0.2.1, 192.0.2.2', undefined, '192.0.2.1'],
  ['192.0.2.1, 192.0.2.2', 1, '192.0.2.2'],
  ['192.0.2.1,192.0.2.2 ,192.0.2.3', -1, '192.0.2.3'],
  ['192.0.2.1,192.0.2.2,192.0.2.3', -2, '192.0.2.2'],
  ['192.0.2.1', -5, '192.0.2.1'],
  ['192.0.2.1:1234', undefined, '192.0.2.1'],
  ['[2001:db8::1]:1234', undefined, '2001:db8::1'],
  ['2001:db8::1', undefined, '2001:db8::1'],
  ['[fe80::1%eth0]:1234', undefined, 'fe80::1'],
  ['::ffff:192.0.2.1', undefined, '192.0.2.1'],
])('is read from the header %s at position %p', async (value, realIpPosition, address) => {
  expect(
    await addressSeen({ realIpHeader: 'X-Forwarded-For', realIpPosition }, { 'x-forwarded-for': value }),
  ).toBe(address);
});

test.each<[Record<string, string>, number | undefined]>([
  [{}, undefined],
  [{ 'X-Real-IP': '' }, undefined],
  [{ 'X-Real-IP': 'unknown' }, undefined],
  [{ 'X-Real-IP': '192.0.2.1' }, 3],
  [{ 'X-Real-IP': '192.0.2.1,' }, 1],
])('is a 400 that names the header where it has none: %j at %p', async (headers, realIpPosition) => {
  const response = await addressSeen({ realIpHeader: 'X-Real-IP', realIpPosition }, headers);
  expect(response).toMatchObject({ status: 400, body: { errors: [{ detail: { parameter: 'X-Real-IP' } }] } });
});
