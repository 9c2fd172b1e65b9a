import fc from 'fast-check';
import type { LogFormat, LogLevel, RequestLine } from './format.ts';
import { createLog } from './log.ts';

const line: RequestLine = {
  method: 'GET',
  path: '/v2/a/b/manifests/latest',
  status: 200,
  sentBytes: 512,
  receivedBytes: undefined,
  durationMs: 1.234,
  account: 'alice',
  address: '192.0.2.1',
  userAgent: 'docker/29.0 go/go1.26',
  requestId: 'r1',
  errorCode: undefined,
  errorMessage: undefined,
  cause: undefined,
  scopes: undefined,
};

function logged(format: LogFormat, use: (log: ReturnType<typeof createLog>) => void): string {
  const texts: string[] = [];
  const log = createLog({ level: 'info', format, clock: () => 0, write: (text) => void texts.push(text) });
  use(log);
  log.flush();
  return texts.join('');
}

test('where it listens is written at once, after what was said before', () => {
  const texts: string[] = [];
  const write = (text: string) => void texts.push(text);
  const log = createLog({ level: 'info', format: 'text', clock: () => 0, write });
  log.info('first');
  expect(texts).toEqual([]);
  log.listening('http://x');
  expect(texts.join('')).toMatch(/ first\n.* listening on http:\/\/x\n$/);
});

test('a request is one line for people', () => {
  expect(logged('text', (log) => log.request(line))).toBe(
    '1970-01-01T00:00:00.000Z info  GET /v2/a/b/manifests/latest 200 512B 1.2ms alice 192.0.2.1' +
      ' agent="docker/29.0 go/go1.26" id=r1\n',
  );
});

test('a request is one line of JSON', () => {
  expect(JSON.parse(logged('json', (log) => log.request(line)))).toMatchObject({
    time: '1970-01-01T00:00:00.000Z',
    level: 'info',
    message: 'request',
    path: '/v2/a/b/manifests/latest',
    status: 200,
    durationMs: 1.234,
  });
});

test('an answer of 500 is logged as an error, with its cause', () => {
  const failed = { ...line, status: 500, errorCode: 'UNKNOWN', cause: 'Error: x\n    at y' };
  expect(logged('text', (log) => log.request(failed))).toMatch(
    / error GET .* error=UNKNOWN cause="Error: x\\n {4}at y"\n$/,
  );
});

test('entries below the level are left out', () => {
  expect(logged('text', (log) => log.debug('x'))).toBe('');
  expect(logged('text', (log) => log.warn('disk', { freeBytes: 1 }))).toMatch(/ warn {2}disk freeBytes=1\n$/);
});

test.each<[LogLevel, number, boolean]>([
  ['debug', 200, true],
  ['info', 404, true],
  ['warn', 200, false],
  ['warn', 500, true],
  ['error', 404, false],
  ['error', 503, true],
])('at the level %s a line for an answer of %i is written: %p', (level, status, expected) => {
  const texts: string[] = [];
  const log = createLog({ level, format: 'text', write: (text) => void texts.push(text) });
  log.request({ ...line, status });
  log.flush();
  expect([log.tellsRequests(status), texts.length > 0]).toEqual([expected, expected]);
});

test.each<LogFormat>(['text', 'json'])('no path, account or user agent can forge a line in %s', (format) => {
  const strangers = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'\r\n\u001b\u009b\u2028\u202e\ud800" =a') }),
  );
  fc.assert(
    fc.property(strangers, (text) => {
      const forged = {
        ...line,
        method: text,
        path: text,
        account: text,
        userAgent: text,
        errorMessage: text,
      };
      const output = logged(format, (log) => {
        log.request(forged);
        log.error(text, { text });
      });
      expect(output.split('\n')).toHaveLength(3);
      expect(output).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }),
  );
});

test('lines that come together are written at once', () => {
  const writes: string[] = [];
  const log = createLog({ level: 'info', format: 'text', write: (text) => void writes.push(text) });
  for (let n = 0; n < 10; n += 1) log.request(line);
  log.flush();
  expect(writes).toHaveLength(1);
  expect(writes[0]?.split('\n')).toHaveLength(11);
});

test('a line does not wait for others for ever', async () => {
  const written = await new Promise<string>((write) =>
    createLog({ level: 'info', format: 'text', write }).info('x'),
  );
  expect(written).toMatch(/x\n$/);
});
