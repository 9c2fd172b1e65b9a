import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { realmOf } from './realm.ts';
import { loopbackRanges, rangeProblem, trustedProxies } from './trusted-proxies.ts';

interface Ask {
  peer?: string;
  headers?: Record<string, string>;
}

function ask({ peer = '127.0.0.1', headers = {} }: Ask): IncomingMessage {
  const socket = new Socket();
  Object.defineProperties(socket, {
    remoteAddress: { value: peer },
    localAddress: { value: '::ffff:192.168.1.7' },
    localPort: { value: 5000 },
  });
  const request = new IncomingMessage(socket);
  Object.assign(request.headers, { host: 'localhost:5000', ...headers });
  return request;
}

const proxies = trustedProxies([...loopbackRanges, '10.0.0.0/8', 'fd00::/8']);
const realm = (request: Ask) => realmOf(proxies, '/auth')(ask(request));
const address = (request: Ask) => proxies.origin(ask(request)).address;

describe('the realm', () => {
  test.each(['localhost:5000', '192.168.1.7:5000', '[::1]:5000', 'reg.example.com'])(
    'is on the host %s that was asked',
    (host) => {
      expect(realm({ headers: { host } })).toBe(`http://${host}/auth`);
    },
  );

  test.each(['a"b', 'a b', 'x/y', 'evil@host', 'a:0', ''])(
    'is on the local address for the hostile host %j',
    (host) => {
      expect(realm({ headers: { host } })).toBe('http://192.168.1.7:5000/auth');
    },
  );

  test.each<[Record<string, string>, string]>([
    [{ 'x-forwarded-proto': 'https' }, 'https://localhost:5000/auth'],
    [{ 'x-forwarded-proto': 'HTTPS', 'x-forwarded-host': 'reg.example.com' }, 'https://reg.example.com/auth'],
    [
      { 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'reg.example.com:8443, inner' },
      'https://reg.example.com:8443/auth',
    ],
    [
      { 'x-forwarded-host': 'reg.example.com', 'x-forwarded-port': '8080' },
      'http://reg.example.com:8080/auth',
    ],
    [{ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'a', 'x-forwarded-port': '443' }, 'https://a/auth'],
    [{ 'x-forwarded-host': 'a:8443', 'x-forwarded-port': '443' }, 'http://a:8443/auth'],
    [{ 'x-forwarded-host': 'a', 'x-forwarded-port': '1"2' }, 'http://a/auth'],
    [{ 'x-forwarded-proto': 'javascript' }, 'http://localhost:5000/auth'],
    [{ 'x-forwarded-host': 'a"b' }, 'http://localhost:5000/auth'],
    [{ forwarded: 'for=192.0.2.1;proto=https;host=reg.example.com' }, 'https://reg.example.com/auth'],
    [
      { forwarded: 'host=evil, for=192.0.2.1;host="good:5000", for=10.0.0.1;host=inner' },
      'http://good:5000/auth',
    ],
    [{ forwarded: 'host=other', 'x-forwarded-proto': 'https' }, 'https://localhost:5000/auth'],
  ])('follows a trusted proxy that says %j', (headers, url) => {
    expect(realm({ headers })).toBe(url);
  });

  test('follows nobody else', () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil', forwarded: 'host=evil' };
    expect(realm({ peer: '192.0.2.9', headers })).toBe('http://localhost:5000/auth');
  });
});

describe("the client's address", () => {
  test.each<[string, Ask, string]>([
    ['is the peer', { peer: '192.0.2.9' }, '192.0.2.9'],
    ['has its own form on a dual-stack socket', { peer: '::ffff:192.0.2.9' }, '192.0.2.9'],
    ['is what a trusted proxy says', { headers: { 'x-forwarded-for': '192.0.2.1' } }, '192.0.2.1'],
    [
      'is not what a stranger says',
      { peer: '192.0.2.9', headers: { 'x-forwarded-for': '127.0.0.1' } },
      '192.0.2.9',
    ],
    [
      'is not what a client wrote before the proxy added to it',
      { headers: { 'x-forwarded-for': '127.0.0.1, 192.0.2.1' } },
      '192.0.2.1',
    ],
    ['is before all trusted proxies', { headers: { 'x-forwarded-for': '192.0.2.1, 10.0.0.3' } }, '192.0.2.1'],
    ['is the first of proxies only', { headers: { 'x-forwarded-for': '10.0.0.4, 10.0.0.3' } }, '10.0.0.4'],
    ['is the peer if the proxy says nothing readable', { headers: { 'x-forwarded-for': 'x' } }, '127.0.0.1'],
    ['ends at what is unreadable', { headers: { 'x-forwarded-for': '192.0.2.1, x, 10.0.0.3' } }, '127.0.0.1'],
    ['is in Forwarded', { headers: { forwarded: 'for="[2001:db8::1]:80", for=10.1.1.1' } }, '2001:db8::1'],
    [
      'is not in a Forwarded that a proxy of the other kind passed on',
      { headers: { forwarded: 'for=127.0.0.1', 'x-forwarded-for': '192.0.2.1' } },
      '192.0.2.1',
    ],
    [
      'is the peer where a range of IPv6 is trusted',
      { peer: 'fd00::1', headers: { 'x-forwarded-for': '192.0.2.1' } },
      '192.0.2.1',
    ],
  ])('%s', (_, request, expected) => {
    expect(address(request)).toBe(expected);
  });
});

test.each(['10.0.0.0/8', '::/0', '192.0.2.1', 'fd00::/8'])('%s is a range', (text) => {
  expect(rangeProblem(text)).toBeUndefined();
});

test.each(['', 'x', '10.0.0.0/33', '::/129', '10.0.0.0/8/9', '10.0.0/8', '10.0.0.0/-1'])(
  '%j is no range',
  (text) => {
    expect(rangeProblem(text)).toBeDefined();
  },
);
