// The keys of a docker_auth configuration: which are honoured and what they may hold, and which are refused by name.
// Pure; knows nothing of YAML and of files. Every scalar arrives as text (see yaml-source.ts), so that a number in place
// of a name is one, as in docker_auth. Source: docker_auth's server/config.go and examples/reference.yml.

import { z } from 'zod';
import { defaultHttpAddress, letsEncryptUrl } from '../acme/acme-settings.ts';
import {
  acmeHost,
  flag,
  headerName,
  listenText,
  requiredText,
  text,
  webUrl,
  wholeNumber,
  words,
} from './scalars.ts';
import { keysOf } from './schema-keys.ts';
import { tlsCipherSuites, tlsCurves, tlsVersions } from './tls-words.ts';

const server = z.strictObject(
  {
    addr: requiredText,
    net: z.enum(['tcp', 'unix'], { error: 'must be tcp or unix' }).default('tcp'),
    path_prefix: text
      .regex(/^(?:(?:\/[\w.~-]+)+)?$/, { error: 'must start with / and not end with one, as in /docker' })
      .default(''),
    certificate: text.optional(),
    key: text.optional(),
    letsencrypt: z
      .strictObject(
        {
          email: text.optional(),
          host: acmeHost.optional(),
          cache_dir: requiredText.optional(),
          directory_url: webUrl.default(letsEncryptUrl),
          http_addr: listenText.default(defaultHttpAddress),
        },
        { error: 'must be a map of settings' },
      )
      .optional(),
    hsts: flag.default(false),
    tls_min_version: words(tlsVersions).optional(),
    tls_curve_preferences: z.array(words(tlsCurves), { error: 'must be a list' }).optional(),
    tls_cipher_suites: z.array(words(tlsCipherSuites), { error: 'must be a list' }).optional(),
    real_ip_header: text.regex(headerName, { error: 'must be the name of a header' }).optional(),
    real_ip_pos: wholeNumber('must be a whole number', -Number.MAX_SAFE_INTEGER).default(0),
  },
  { error: 'must be a map of settings' },
);

const token = z.strictObject(
  {
    issuer: requiredText,
    expiration: wholeNumber('must be a whole number of seconds above 0', 1),
    certificate: text.optional(),
    key: text.optional(),
    disable_legacy_key_id: flag.default(false),
    refresh_expiration: wholeNumber(
      'must be a whole number of seconds; 0 for no refresh tokens',
      0,
    ).optional(),
  },
  { error: 'must be a map of settings' },
);

/** A bcrypt hash, as `htpasswd -nB` makes one; or one that begins with `!` or `*`, or is empty: nobody can log in. */
const passwordHash = /^(?:\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}|[!*].*|)$/;

const user = z.strictObject(
  {
    password: text
      .regex(passwordHash, { error: 'must be a bcrypt hash; `htpasswd -nB NAME` makes one' })
      .optional(),
    labels: z
      .record(text, z.array(text, { error: 'must be a list of texts' }), {
        error: 'must be a map of lists',
      })
      .optional(),
  },
  { error: 'must be a map with password and labels; {} for an account without' },
);

const match = z.strictObject(
  {
    account: text.optional(),
    type: text.optional(),
    name: text.optional(),
    ip: text.optional(),
    service: text.optional(),
    labels: z.record(text, text, { error: 'must be a map of patterns' }).optional(),
  },
  { error: 'must be a map of conditions; {} matches everything' },
);

const rule = z.strictObject(
  {
    match,
    actions: z.array(text, { error: 'must be a list of actions; ["*"] allows all, [] none' }),
    comment: text.optional(),
  },
  { error: 'must be a rule with match and actions' },
);

export const authSchema = z.strictObject(
  {
    server,
    token,
    users: z.record(z.string(), user, { error: 'must be a map of accounts; {} lets nobody in' }),
    acl: z.array(rule, { error: 'must be a list of rules; [] allows nothing' }),
  },
  { error: 'must be a map with server, token, users and acl' },
);

export type AuthDocument = z.infer<typeof authSchema>;

/** Keys that docker_auth knows and Berth does not honour yet, with what they are for. One that is set stops the start. */
export const refusedKeys = {
  google_auth: 'accounts of Google',
  github_auth: 'accounts of GitHub',
  oidc_auth: 'accounts of an OpenID Connect provider',
  gitlab_auth: 'accounts of GitLab',
  ldap_auth: 'accounts in LDAP',
  mongo_auth: 'accounts in MongoDB',
  xorm_auth: 'accounts in an SQL database',
  ext_auth: 'accounts that a program checks',
  plugin_authn: 'accounts that a Go plugin checks',
  acl_mongo: 'rules in MongoDB',
  acl_xorm: 'rules in an SQL database',
  ext_authz: 'rules that a program decides',
  plugin_authz: 'rules that a Go plugin decides',
  casbin_authz: 'rules of Casbin',
} satisfies Record<string, string>;

/** The path of every honoured key, as the documentation writes it: `server.addr`, `users.*.password`, `acl.*.match.ip`. */
export function honouredKeys(): readonly string[] {
  return keysOf(authSchema).filter((key) => key.includes('.'));
}
