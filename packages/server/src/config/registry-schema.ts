// The keys of distribution's configuration that Berth reads, and what they may hold. What is refused outright isn't here
// (see registry-keys.ts). Pure; knows nothing of YAML, files and the environment.

import { compileRegex } from '@berth/acl';
import { z } from 'zod';
import { defaultHttpAddress, letsEncryptUrl } from '../acme/acme-settings.ts';
import { clientAuthModes } from '../http/client-certificates.ts';
import { rangeProblem } from '../http/trusted-proxies.ts';
import { serverLimits } from '../limits.ts';
import { listenAddressForm, parseListenAddress } from './listen-address.ts';
import {
  acmeHost,
  duration,
  flag,
  headerName,
  listenText,
  messageHeader,
  requiredText,
  text,
  webUrl,
  wholeNumber,
} from './scalars.ts';
import { durabilities } from './serve-options.ts';
import { tlsCipherSuites } from './tls-words.ts';

/** A section that may be left out: its keys have their defaults then. */
function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, { error: 'must be a map of settings' });
}

/** One of `words`, in whatever case. */
function oneOf<const Word extends string>(words: readonly Word[]) {
  const error = `must be one of ${words.join(', ')}`;
  return z.string({ error }).transform((given, context): Word => {
    const found = words.find((word) => word === given.toLowerCase());
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
}

const listOf = <Item extends z.ZodType>(item: Item) => z.array(item, { error: 'must be a list' });
const textMap = z.record(z.string(), text, { error: 'must be a map of texts' });
/** Whatever is in a section that is ignored as a whole. */
const anything = z.unknown().optional();

const log = section({
  level: oneOf(['error', 'warn', 'info', 'debug']).optional(),
  formatter: oneOf(['text', 'json', 'logstash']).default('text'),
  fields: textMap.default({}),
  accesslog: section({ disabled: flag.default(false) }).prefault({}),
  hooks: anything,
  reportcaller: flag.optional(),
}).prefault({});

const uploadpurging = section({
  enabled: flag.default(true),
  age: duration.default(serverLimits.uploadAgeMs),
  interval: duration
    .refine((intervalMs) => intervalMs >= serverLimits.shortestPurgeIntervalMs, {
      error: `must be ${serverLimits.shortestPurgeIntervalMs / 1000}s or more`,
    })
    .default(serverLimits.purgeIntervalMs),
  dryrun: flag.default(false),
}).prefault({});

const storage = section({
  filesystem: section({
    rootdirectory: requiredText.default('/var/lib/registry'),
    maxthreads: wholeNumber('must be a whole number', 0).optional(),
  }).optional(),
  inmemory: section({}).optional(),
  delete: section({ enabled: flag.default(false) }).prefault({}),
  maintenance: section({
    uploadpurging,
    readonly: section({ enabled: flag.default(false) }).prefault({}),
  }).prefault({}),
  cache: section({ blobdescriptor: text, blobdescriptorsize: text, layerinfo: text }).partial().optional(),
  tag: section({ concurrencylimit: wholeNumber('must be a whole number', 0) })
    .partial()
    .optional(),
  redirect: section({ disable: flag }).partial().optional(),
});

const tokenAlgorithms = ['RS', 'ES', 'HS', 'PS'].flatMap((kind) =>
  [256, 384, 512].map((bits) => `${kind}${bits}`),
);

const token = section({
  realm: requiredText.optional(),
  service: requiredText,
  issuer: requiredText,
  rootcertbundle: requiredText.optional(),
  jwks: requiredText.optional(),
  signingalgorithms: listOf(
    z.enum(['EdDSA', ...tokenAlgorithms], { error: `must be one of EdDSA, ${tokenAlgorithms.join(', ')}` }),
  ).optional(),
  autoredirect: flag.default(false),
  autoredirectpath: text
    .regex(/^\/[\w.~/-]*$/, { error: 'must be a path, as in /auth/token/' })
    .default('/auth/token'),
  upstream: text
    .refine((url) => /^https?:\/\/[^/?#@\s]+\/[^?#\s]*$/i.test(url) && URL.canParse(url), {
      error:
        'must be the URL where the token server gives tokens, without a query or an account, as in http://auth:5001/auth',
    })
    .optional(),
  upstreamca: requiredText.optional(),
});

const htpasswd = section({
  realm: text.regex(/^[\x20-\x7e]+$/, { error: 'must be printable ASCII' }),
  path: requiredText,
});

const suites = Object.keys(tlsCipherSuites);
const letsencrypt = section({
  cachefile: requiredText.optional(),
  email: text.optional(),
  hosts: listOf(acmeHost).default([]),
  directoryurl: webUrl.default(letsEncryptUrl),
  httpaddr: listenText.default(defaultHttpAddress),
}).optional();

const tls = section({
  certificate: requiredText.optional(),
  key: requiredText.optional(),
  letsencrypt,
  clientcas: listOf(requiredText).default([]),
  clientauth: oneOf(clientAuthModes).default('require-and-verify-client-cert'),
  minimumtls: oneOf(['tls1.0', 'tls1.1', 'tls1.2', 'tls1.3']).default('tls1.2'),
  ciphersuites: listOf(z.enum(suites, { error: `must be one of ${suites.join(', ')}` })).optional(),
}).prefault({});

const headerValue = text.regex(/^[\t\x20-\x7e\x80-\xff]*$/, {
  error: 'must be a text that a header can hold',
});
const settableHeader = text
  .regex(headerName, { error: 'must be the name of a header' })
  .refine((name) => !messageHeader.test(name), { error: 'is set by the server alone' });
const headers = z
  .record(settableHeader, listOf(headerValue), {
    error: 'must be a map of headers, each with a list of values',
  })
  .default({});

const http = section({
  addr: requiredText.default(':5000'),
  net: oneOf(['tcp', 'unix']).default('tcp'),
  prefix: text
    .regex(/^\/(?:[\w.~-]+\/)*$/, { error: 'must begin and end with /, as in /my/registry/' })
    .default('/'),
  host: text
    .regex(/^https?:\/\/[^/?#\s]+\/?$/i, {
      error: 'must be a URL without a path, as in https://registry.example.com',
    })
    .optional(),
  secret: text.optional(),
  relativeurls: flag.default(false),
  draintimeout: duration.default(serverLimits.drainTimeoutMs),
  tls,
  headers,
  debug: section({
    addr: text
      .refine((address) => parseListenAddress(address) !== undefined, {
        error: `must be ${listenAddressForm}`,
      })
      .optional(),
    prometheus: anything,
  }).prefault({}),
  http2: section({ disabled: flag }).partial().optional(),
  h2c: section({ enabled: flag }).partial().optional(),
}).prefault({});

const timing = {
  interval: duration
    .refine((intervalMs) => intervalMs >= serverLimits.shortestHealthIntervalMs, {
      error: `must be ${serverLimits.shortestHealthIntervalMs}ms or more`,
    })
    .default(serverLimits.healthIntervalMs),
  threshold: wholeNumber('must be a whole number', 0).default(1),
};
const timeout = duration.default(serverLimits.healthTimeoutMs);

const health = section({
  storagedriver: section({ enabled: flag.default(false), ...timing }).prefault({}),
  file: listOf(section({ file: requiredText, ...timing })).default([]),
  http: listOf(
    section({
      uri: text.regex(/^https?:\/\//i, { error: 'must be a URL' }),
      headers,
      statuscode: wholeNumber('must be a status, as 200', 100).default(200),
      timeout,
      ...timing,
    }),
  ).default([]),
  tcp: listOf(
    section({
      addr: text.refine((address) => hostAndPort(address) !== undefined, {
        error: 'must be HOST:PORT, as in localhost:6379',
      }),
      timeout,
      ...timing,
    }),
  ).default([]),
}).prefault({});

/** Where to connect to, or undefined where `address` doesn't say it. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } | undefined {
  const parsed = parseListenAddress(address);
  if (parsed?.kind !== 'tcp' || parsed.port === 0) return undefined;
  return { host: parsed.host ?? 'localhost', port: parsed.port };
}

const regex = text.superRefine((source, context) => {
  try {
    compileRegex(source);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message: `must be a regular expression as Go has them (${why})` });
  }
});

const validation = section({
  enabled: flag.default(false),
  disabled: flag.default(false),
  manifests: section({
    urls: section({ allow: listOf(regex).default([]), deny: listOf(regex).default([]) }).prefault({}),
    indexes: section({
      platforms: oneOf(['all', 'none', 'list']).default('all'),
      platformlist: listOf(section({ os: requiredText, architecture: requiredText })).default([]),
    }).prefault({}),
  }).prefault({}),
}).prefault({});

const most = wholeNumber('must be a whole number', Number.MIN_SAFE_INTEGER);

const berth = section({
  workers: wholeNumber('must be a whole number above 0', 1)
    .refine((count) => count <= serverLimits.maxWorkers, {
      error: `must be at most ${serverLimits.maxWorkers}`,
    })
    .optional(),
  durability: oneOf(durabilities).default('durable'),
  trustedproxies: listOf(
    text.refine((range) => rangeProblem(range) === undefined, {
      error: 'must be an IP address or a range, as in 10.0.0.0/8 or fd00::/8',
    }),
  ).optional(),
}).prefault({});

export const registrySchema = z.strictObject(
  {
    version: z.literal('0.1', { error: 'must be 0.1' }),
    log,
    loglevel: oneOf(['error', 'warn', 'info', 'debug']).optional(),
    storage,
    auth: section({ token: token.optional(), htpasswd: htpasswd.optional(), none: anything }).prefault({}),
    reporting: anything,
    http,
    notifications: section({ events: anything }).optional(),
    redis: anything,
    health,
    validation,
    compatibility: section({
      schema1: section({ enabled: flag, signingkeyfile: text }).partial().optional(),
    }).optional(),
    catalog: section({ maxentries: most.optional() }).prefault({}),
    tags: section({ maxtags: most.optional() }).prefault({}),
    berth,
  },
  { error: 'must be a map with version, storage and http' },
);

export type RegistryDocument = z.output<typeof registrySchema>;
