// Every limit of the listeners and the process around them, each with its reason and where it is set.
// The registry and auth have their own.

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

export const serverLimits = {
  /** Time for a client to send its whole request head. A connection that sends nothing is dropped then. */
  headersTimeoutMs: 20 * second,
  /** How often connections are looked over for `headersTimeoutMs`: the drop comes at most this much later. */
  connectionsCheckIntervalMs: 5 * second,
  /** Time for a TLS handshake, for the same reason. */
  handshakeTimeoutMs: 10 * second,
  /** No limit for a whole request: a layer may take hours. The registry limits the time without bytes. */
  requestTimeoutMs: 0,
  /** Longer than the 60 s after which the usual proxies drop an idle connection, so that they close first. */
  keepAliveTimeoutMs: 75 * second,
  /** Request line and headers together: a token with a long access list fits, a flood does not. */
  maxHeaderBytes: 32 * 1024,
  /** Heads that are answered without being parsed again, about 3 KiB each: one for each token and client at a time. */
  knownHeadsBytes: 8 * 1024 * 1024,
  /** More header lines than any client or chain of proxies sends. */
  maxHeadersCount: 200,
  /** Connections at once, of all workers together; one more is closed at accept. Each costs some 20 KiB, and a file descriptor. */
  maxConnections: 10_000,
  /**
   * Calls of the disk at once (`UV_THREADPOOL_SIZE`). A sync holds a thread for as long as the disk takes: with Node's
   * four, four pushes that end hold up all that others read and write.
   */
  diskThreads: 16,
  /** How long running transfers may go on after SIGTERM (`--drain-timeout`). distribution: http.draintimeout. */
  drainTimeoutMs: minute,
  /** How often idle connections are closed while draining. */
  drainCheckIntervalMs: 50,
  /** Processes of `--workers`: more than the CPUs of any machine only cost memory, some 100 MB each. */
  maxWorkers: 256,
  /** A worker that lived shorter than this died at once: the next such death makes the one after it wait. */
  youngWorkerMs: 30 * second,
  /** The first wait before a worker that keeps dying is replaced; each further one doubles it, up to the last. */
  firstReplacementWaitMs: 500,
  lastReplacementWaitMs: 30 * second,
  /** How long the log waits for busy workers to close their listeners before it tells of a stop. */
  stopListeningWaitMs: 2 * second,
  /** What a worker may take beyond the drain timeout, and to end at once, before it is killed. */
  workerEndWaitMs: 5 * second,
  /** Time for the primary to say whether a password may be tried; it does nothing that takes longer. */
  admissionWaitMs: 10 * second,
  /** A start, a running listener (daily) and the doctor warn of a certificate that expires sooner: who renews by hand needs some days. */
  certificateExpiryWarningMs: 14 * 24 * hour,
  /** How often the files of the certificate are read: some 20 KiB. Who renewed it looks soon whether the new one is there. */
  certificateLookIntervalMs: 2 * second,
  /** Addresses of clients that spoke HTTPS to HTTP, or HTTP to HTTPS, which the log named already: some 100 bytes each. */
  wrongProtocolAddresses: 1000,
  /** They are named again after this: whoever looks into the log later sees that it still is so. */
  wrongProtocolIntervalMs: hour,
  /** Unfinished uploads older than this are purged, as distribution's uploadpurging.age. */
  uploadAgeMs: 168 * hour,
  /** Of a configuration file: each purge looks at every upload there is. */
  shortestPurgeIntervalMs: minute,
  /** Time between two purges, as distribution's uploadpurging.interval. */
  purgeIntervalMs: 24 * hour,
  /** Time between two runs of a health check, as distribution has it. */
  healthIntervalMs: 10 * second,
  /** Of a configuration file: a check more often only costs. */
  shortestHealthIntervalMs: 100,
  /** Time for a URL or a port to answer a health check; distribution waits without end. */
  healthTimeoutMs: 5 * second,
  /** A lease that was not renewed for so long belongs to a process that is gone. */
  leaseMs: 5 * minute,
  /** A log line waits at most so long for others to share its write. */
  logFlushIntervalMs: 20,
  /** That many bytes of log lines are written at once without waiting. */
  logFlushBytes: 64 * 1024,
  /** A header's value in a log line is cut here: a client chooses it. */
  logValueCharacters: 512,
  /** A configuration file; 10,000 users take about 1 MiB. */
  configurationBytes: 16 * 1024 * 1024,
  /** A PEM file; a chain takes about 10 KiB. */
  pemBytes: 1024 * 1024,
  /** Time for `berth healthcheck` to get its answer. */
  healthcheckTimeoutMs: 5 * second,
  /** Time for the token server behind the registry to take a connection, TLS included. */
  upstreamConnectMs: 5 * second,
  /** Time for it to answer, its queue and a slow directory included: as long as the usual proxies wait. */
  upstreamAnswerMs: minute,
  /** Its whole answer, which is kept until it is whole: a token with a long access list takes some 10 KiB. */
  upstreamAnswerBytes: 1024 * 1024,
  /** How long a connection to it is kept for the next request: shorter than servers keep theirs. */
  upstreamIdleMs: 15 * second,
  /** Connections of one process to it; further requests wait for one. */
  upstreamConnections: 256,
  /** What `berth doctor` pushes: more than the usual limits of proxies (1 MiB, 10 MiB, 50 MiB) let through. */
  doctorPushBytes: 64 * 1024 * 1024,
  /** The most that it can be told to push: as large as layers come, and soon pushed by mistake. */
  doctorMaxPushBytes: 10 * 1024 * 1024 * 1024,
  /** Time for a connection, or for an answer that isn't content, in `berth doctor`. */
  doctorAnswerMs: 10 * second,
  /** Time without a byte of a transfer: longer than the 60 s after which the usual proxies give up and say so. */
  doctorIdleMs: 90 * second,
  /** How long `Expect: 100-continue` waits before the body goes anyway: not every server answers it. */
  doctorContinueMs: second,
  /** An answer that isn't content; what is beyond is not read. */
  doctorAnswerBytes: 256 * 1024,
  /** Redirects of one pull: a storage service takes one. */
  doctorMaxRedirects: 5,
  /** An answer's own words in a finding are cut here: a server chooses them. */
  doctorQuoteCharacters: 200,
  /** Clocks further apart are warned of. The Date header has whole seconds, and the way takes some. */
  doctorClockSkewMs: 30 * second,
  /** distribution takes no token that is more than this ahead of its clock. */
  doctorTokenClockSkewMs: minute,
  /** Of a server's certificate: what Apple and browsers take of public ones. */
  certDays: 398,
  /** macOS and iOS take no server's certificate that is valid for longer, private or not. */
  certMaxDays: 825,
  /** Of a CA: what every client trusts is not changed often. */
  certAuthorityDays: 3650,
  /** Beyond that a date has no place in a certificate's short form, and no CA is in its right hands. */
  certMaxAuthorityDays: 7300,
  /** Between two looks whether a certificate has to be renewed: a machine may have slept, or its clock been set. */
  acmeTurnMs: hour,
  /** One answer of an authority; it may look for that of a challenge meanwhile. */
  acmeRequestMs: minute,
  /** After the first failure; then four times as long each time. */
  acmeBackOffMs: minute,
  acmeMaxBackOffMs: 6 * hour,
  /** Names in a certificate: each is sent with every handshake. */
  certNames: 100,
  /** A certificate is valid from a little before it was made: not every client's clock is right. */
  certClockSkewMs: 60 * minute,
  /** A disk with less free is nearly full, whatever its size; see doctorFreeShare. */
  doctorFreeBytes: 1024 * 1024 * 1024,
  /** Free space, and free inodes, below this share are warned of. */
  doctorFreeShare: 0.05,
} as const;
