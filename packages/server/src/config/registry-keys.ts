// Every key of distribution's configuration, versions 2 and 3, and Berth's own beside them: what becomes of it, in words
// for people. The documentation holds the same table, which a test compares.
// Source: distribution's configuration reference, and its configuration/configuration.go.

export type Verdict =
  /** Does what it does in distribution. */
  | 'honoured'
  /** Changes nothing, and a line in the log says so. */
  | 'ignored'
  /** Stops the start: without it the registry would be another one than its owner thinks. */
  | 'refused';

export interface KeyWords {
  readonly verdict: Verdict;
  /** What it does; why it is ignored; what to do where it is refused. */
  readonly words: string;
}

const honoured = (words: string): KeyWords => ({ verdict: 'honoured', words });
const ignored = (words: string): KeyWords => ({ verdict: 'ignored', words });
const refused = (words: string): KeyWords => ({ verdict: 'refused', words });

const onlyDisk = 'Berth keeps everything on a disk: use storage.filesystem';
const noCache = 'Berth has its own caches, which need no settings';
const noRedis = 'Berth needs no Redis';
const noSchema1 = 'Berth neither takes nor makes manifests of schema 1';

/** By path; a section in one word stands for all that is in it. */
export const registryKeys: Readonly<Record<string, KeyWords>> = {
  version: honoured('Must be `0.1`. Required.'),
  'log.level': honoured('`error`, `warn`, `info` (default) or `debug`.'),
  'log.formatter': honoured('`text` (default), `json` or `logstash`.'),
  'log.fields': honoured('Map of texts that every line of the log gets.'),
  'log.accesslog.disabled': honoured('`true`: no line for a request, unless its answer is 500 or above.'),
  'log.hooks': ignored('Berth sends no mail'),
  'log.reportcaller': ignored("the log doesn't name places in the program"),
  loglevel: honoured('As `log.level`, where that is not set.'),
  'storage.filesystem.rootdirectory': honoured('Where everything is kept. Default: `/var/lib/registry`.'),
  'storage.filesystem.maxthreads': ignored('UV_THREADPOOL_SIZE says how many calls of the disk run at once'),
  'storage.inmemory': honoured('Nothing is written to the disk.'),
  'storage.azure': refused(onlyDisk),
  'storage.gcs': refused(onlyDisk),
  'storage.oss': refused(onlyDisk),
  'storage.s3': refused(onlyDisk),
  'storage.swift': refused(onlyDisk),
  'storage.delete.enabled': honoured('`true`: manifests, tags and blobs may be deleted. Default: `false`.'),
  'storage.maintenance.uploadpurging.enabled': honoured('`false`: unfinished uploads stay. Default: `true`.'),
  'storage.maintenance.uploadpurging.age': honoured('How old an unfinished upload gets. Default: `168h`.'),
  'storage.maintenance.uploadpurging.interval': honoured('Time between two purges. Default: `24h`.'),
  'storage.maintenance.uploadpurging.dryrun': honoured(
    '`true`: the log says what would go (level `info`), and nothing goes. Default: `false`.',
  ),
  'storage.maintenance.readonly.enabled': honoured(
    '`true`: everything that would change something is refused. Default: `false`.',
  ),
  'storage.cache.blobdescriptor': ignored(noCache),
  'storage.cache.blobdescriptorsize': ignored(noCache),
  'storage.cache.layerinfo': ignored(noCache),
  'storage.tag.concurrencylimit': ignored('Berth decides by itself how many tags it looks up at once'),
  'storage.redirect.disable': ignored('Berth sends every blob itself'),
  'auth.token.realm': honoured(
    'URL of the token server, as clients reach it. Required, unless `autoredirect`.',
  ),
  'auth.token.service': honoured('What tokens are made for (`aud`). Required.'),
  'auth.token.issuer': honoured('Who makes them (`iss`). Required.'),
  'auth.token.rootcertbundle': honoured(
    'PEM file: certificates whose keys sign tokens, or whose owners sign the certificates that tokens bring along (x5c).',
  ),
  'auth.token.jwks': honoured(
    'JSON file: public keys that sign tokens. This or `rootcertbundle` is required.',
  ),
  'auth.token.signingalgorithms': honoured(
    'List: the only algorithms that are accepted. Of distribution’s, `HS…` and `PS…` never are; the log says so.',
  ),
  'auth.token.autoredirect': honoured('`true`: the realm is on the host and port that the client used.'),
  'auth.token.autoredirectpath': honoured('The path of that realm. Default: `/auth/token`.'),
  'auth.token.upstream': honoured(
    'Berth’s own, with `autoredirect`: URL of the token server, as the registry reaches it; what is asked at `autoredirectpath` is passed on to it. See [two-containers.md](two-containers.md).',
  ),
  'auth.token.upstreamca': honoured(
    'Berth’s own: PEM file with who signed that server’s certificate, where it is `https://` and no public authority did.',
  ),
  'auth.htpasswd.realm': honoured('What clients show to whom they ask for a password. Required.'),
  'auth.htpasswd.path': honoured(
    'File of accounts with bcrypt hashes (`htpasswd -B`), each of which may do everything; read again when it changes. Required, and never made.',
  ),
  'auth.none': honoured('As if there were no `auth`.'),
  'auth.silly': refused(
    'it lets everybody in who sends any Authorization; leave auth out for an open registry',
  ),
  middleware: refused('Berth has no plug-ins; remove it'),
  reporting: ignored('Berth reports to nobody'),
  'http.addr': honoured('`HOST:PORT`, or the path of a socket. Default: `:5000`.'),
  'http.net': honoured('`tcp` (default) or `unix`.'),
  'http.prefix': honoured('In front of `/v2/`, with a slash at both ends: `/my/registry/`.'),
  'http.host': honoured('URL that is put in front of the path in Location and Link.'),
  'http.secret': ignored('uploads are known by what is on the disk; nothing is signed'),
  'http.relativeurls': honoured(
    '`true`: `http.host` is not used. Without that, Location and Link are relative either way.',
  ),
  'http.draintimeout': honoured('How long transfers may go on after SIGTERM. Default: `60s`.'),
  'http.tls.certificate': honoured('PEM file, with the chain: HTTPS.'),
  'http.tls.key': honoured('PEM file.'),
  'http.tls.minimumtls': honoured('`tls1.0` to `tls1.3`. Default: `tls1.2`.'),
  'http.tls.ciphersuites': honoured("List of Go's names. RC4 and 3DES are no longer there."),
  'http.tls.clientcas': honoured('List of PEM files: whose signature the certificates of clients need.'),
  'http.tls.clientauth': honoured(
    '`request-client-cert`, `require-any-client-cert`, `verify-client-cert-if-given` or `require-and-verify-client-cert` (default). Without `clientcas` nobody is asked.',
  ),
  'http.tls.letsencrypt.cachefile': honoured(
    'Folder of the account and the certificate, as Go programs keep them. Required.',
  ),
  'http.tls.letsencrypt.hosts': honoured('List of names: one certificate is got for all of them. Required.'),
  'http.tls.letsencrypt.email': honoured('Where the authority writes to.'),
  'http.tls.letsencrypt.directoryurl': honoured(
    "Of the authority. Default: Let's Encrypt's, `https://acme-v02.api.letsencrypt.org/directory`.",
  ),
  'http.tls.letsencrypt.httpaddr': honoured(
    "Berth's own: where HTTP-01 is answered while a certificate is got. Default: `:80`.",
  ),
  'http.headers': honoured(
    'Map of lists: headers of every answer, in place of Berth’s of those names. With Access-Control-Allow-Origin, OPTIONS needs no login.',
  ),
  'http.debug.addr': honoured(
    '`HOST:PORT` of a second server, which answers `/debug/health` and nothing else.',
  ),
  'http.debug.prometheus': ignored('there are no metrics'),
  'http.http2.disabled': ignored('Berth speaks HTTP/1.1'),
  'http.h2c.enabled': ignored('Berth speaks HTTP/1.1'),
  'notifications.events': ignored('Berth notifies nobody'),
  'notifications.endpoints': refused('Berth notifies nobody; remove it'),
  redis: ignored(noRedis),
  'health.storagedriver.enabled': honoured('`true`: the root directory must be there and writable.'),
  'health.storagedriver.interval': honoured('Time between two checks. Default: `10s`.'),
  'health.storagedriver.threshold': honoured('Failures in a row that count. Default: 1.'),
  'health.file.*.file': honoured(
    'A file that must not be there. While a check fails, every answer is 503, and `/debug/health` tells which.',
  ),
  'health.file.*.interval': honoured('Time between two checks. Default: `10s`.'),
  'health.file.*.threshold': honoured('Failures in a row that count. Default: 1.'),
  'health.http.*.uri': honoured('A URL that must answer HEAD.'),
  'health.http.*.headers': honoured('Map of lists, sent with it.'),
  'health.http.*.statuscode': honoured('What it must answer. Default: 200.'),
  'health.http.*.timeout': honoured('How long it may take. Default: `5s`.'),
  'health.http.*.interval': honoured('Time between two checks. Default: `10s`.'),
  'health.http.*.threshold': honoured('Failures in a row that count. Default: 1.'),
  'health.tcp.*.addr': honoured('`HOST:PORT` that must take a connection.'),
  'health.tcp.*.timeout': honoured('How long it may take. Default: `5s`.'),
  'health.tcp.*.interval': honoured('Time between two checks. Default: `10s`.'),
  'health.tcp.*.threshold': honoured('Failures in a row that count. Default: 1.'),
  proxy: refused('Berth mirrors no other registry; remove it'),
  'validation.enabled': honoured('`true`: `validation.disabled` does not count.'),
  'validation.disabled': honoured(
    '`true`: an index is taken whatever is there of it, and layers may have any URL. That an image has its config and layers, and that a manifest is well-formed, is always checked. Default: `false`.',
  ),
  'validation.manifests.urls.allow': honoured(
    'List of regular expressions: what the URLs of layers must match, one at least. With neither `allow` nor `deny` no layer may have a URL.',
  ),
  'validation.manifests.urls.deny': honoured('List of regular expressions that they must not match.'),
  'validation.manifests.indexes.platforms': honoured(
    '`all` (default): an index is taken when all its manifests are there; `none`: whatever is there; `list`: when those for the platforms of `platformlist` are there.',
  ),
  'validation.manifests.indexes.platformlist.*.os': honoured('As in the index: `linux`.'),
  'validation.manifests.indexes.platformlist.*.architecture': honoured('As in the index: `amd64`.'),
  policy: refused('Berth knows no classes of repositories; remove it'),
  'compatibility.schema1.enabled': ignored(noSchema1),
  'compatibility.schema1.signingkeyfile': ignored(noSchema1),
  'catalog.maxentries': honoured(
    'Most repositories in one answer. Default: 10000, and 1000 where no `n` is asked for.',
  ),
  'tags.maxtags': honoured('Most tags in one answer. Default: 10000, and 1000 where no `n` is asked for.'),
  'berth.workers': honoured('Processes that serve; see Workers. Default: one for each CPU, one in memory.'),
  'berth.durability': honoured('`durable` (default) or `relaxed`; see Durability.'),
  'berth.trustedproxies': honoured('List of addresses and ranges: as `--trusted-proxy`.'),
};
