/** The registry: the /v2 API, what it keeps, where it keeps it, and who gets in. */

export { ALGORITHM_NAMES, type Algorithm } from './access/algorithms.ts';
export { type BasicAccessOptions, basicAccess, type PasswordCheck } from './access/basic-access.ts';
export type { AccessGate, Grant, Need } from './access/gate.ts';
export { openAccess } from './access/open.ts';
export {
  type PasswordAnswer,
  type TokenAccessOptions,
  tokenAccess,
} from './access/token-access.ts';
export { type TrustedKey, trustedKeysFromCertificates, trustedKeysFromJwks } from './access/trusted-keys.ts';
export { errorBody } from './answer-error.ts';
export type { ByteSource, Chunks } from './chunks.ts';
export type {
  Content,
  Driver,
  FileFacts,
  PlaceOptions,
  Sendfile,
  Staged,
  StagingListener,
} from './drivers/driver.ts';
export { DriverError, type DriverFailure, isDriverFailure } from './drivers/driver.ts';
export type { Disk, DiskEntry, DiskFacts, DiskFile } from './drivers/filesystem/disk.ts';
export { realDisk } from './drivers/filesystem/disk.ts';
export { type FilesystemOptions, filesystemDriver } from './drivers/filesystem/filesystem.ts';
export { memoryDriver } from './drivers/memory.ts';
export { ERRORS, type ErrorCode, RegistryError, refuse } from './errors.ts';
export type { RegistryEvent } from './events.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export { parseRepositoryName } from './names.ts';
export { isArchivePath } from './path.ts';
export type { QuickAnswer, QuickListener } from './quick-listener.ts';
export { createRegistry, type PurgeUploadsOptions, type Registry, type RegistryOptions } from './registry.ts';
export type { RequestHead } from './request-head.ts';
export { API_VERSION } from './send.ts';
export type { HashProgram } from './store/hash-thread.ts';
export type { Platform } from './store/manifest-document.ts';
export type { ManifestValidation } from './store/manifest-validation.ts';
export type { PurgeResult } from './store/purge.ts';
