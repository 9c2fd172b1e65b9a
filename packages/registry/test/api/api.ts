/** A registry as the tests see it: requests in, replies out, on a volume that they may look at afterwards. */

import supertest from 'supertest';
import { withoutPassword } from './binary-place.ts';
import {
  EMBEDDED_PLACES,
  type EmbeddedService,
  PLACES,
  type Place,
  type ServeOptions,
  type Service,
  type Volume,
} from './places.ts';

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sends requests round the addresses of a service. */
export interface Client {
  /** Where the next request goes. */
  address(): string;
  send(method: string, path: string, ask?: Ask): Promise<Reply>;
}

export interface Api extends Client {
  /** A repository name that no other test uses. */
  repository(): string;
  files(): Promise<readonly string[] | undefined>;
}

export interface EmbeddedApi extends Api {
  /** Another registry on the same volume, with other options. It ends with its test. */
  serve(options: ServeOptions): Promise<Client & Omit<EmbeddedService, 'close'>>;
}

/** Runs `body` in every place. */
export function describeApi(noun: string, body: (api: Api) => void): void {
  describe.each(PLACES)(`${noun} ($name)`, (place) => body(openApi(place)));
}

/** Runs `body` in every place that takes options. */
export function describeEmbedded(noun: string, body: (api: EmbeddedApi) => void): void {
  describe.each(EMBEDDED_PLACES)(`${noun} ($name)`, (place) => body(openEmbedded(place)));
}

interface Opened<Kind extends Service> {
  volume: Volume<Kind>;
  service: Kind;
}

function openApi<Kind extends Service>(place: Place<Kind>): Api & { opened(): Opened<Kind> } {
  let opened: Opened<Kind> | undefined;
  let repositories = 0;
  beforeAll(async () => {
    const volume = await place.open();
    opened = { volume, service: await volume.serve() };
  });
  afterAll(async () => {
    await opened?.service.close();
    await opened?.volume.remove();
  });
  const here = (): Opened<Kind> => {
    if (opened === undefined) throw new Error('the place is not open: ask inside a test');
    return opened;
  };
  return {
    ...clientOf(() => here().service.addresses),
    opened: here,
    repository: () => `test/r${++repositories}`,
    files: () => here().volume.files(),
  };
}

function openEmbedded(place: Place<EmbeddedService>): EmbeddedApi {
  const api = openApi(place);
  const services: Service[] = [];
  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
  });
  return {
    ...api,
    serve: async (options) => {
      const service = await api.opened().volume.serve(options);
      services.push(service);
      return { ...service, ...clientOf(() => service.addresses) };
    },
  };
}

function clientOf(addresses: () => readonly string[]): Client {
  let asked = 0;
  const address = (): string => addresses()[asked++ % addresses().length] ?? '';
  return { address, send: (method, path, ask = {}) => send(address(), method, path, ask) };
}

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'] as const;

async function send(address: string, method: string, path: string, ask: Ask): Promise<Reply> {
  const key = METHODS.find((name) => name === method.toLowerCase());
  if (key === undefined) throw new TypeError(`no method ${method}`);
  const { origin, authorization } = withoutPassword(address);
  const request = supertest(origin)[key](path).redirects(0).buffer(true).parse(readAll);
  if (authorization !== undefined) request.set('authorization', authorization);
  for (const [name, value] of Object.entries(ask.headers ?? {})) request.set(name, value);
  // Bytes go as they are, also those of a type that supertest would write itself.
  if (ask.body !== undefined) request.serialize((bytes) => bytes).send(Buffer.from(ask.body));
  const response = await request;
  const body: unknown = response.body;
  return {
    status: response.status,
    headers: response.headers,
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
  };
}

type Parsed = (error: Error | null, body: Buffer) => void;

function readAll(response: NodeJS.EventEmitter, done: Parsed): void {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('end', () => done(null, Buffer.concat(chunks)));
}
