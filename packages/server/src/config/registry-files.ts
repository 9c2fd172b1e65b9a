/** Where the images of distribution have their configuration: version 3's, and 2's. */
export const registryFiles = ['/etc/distribution/config.yml', '/etc/docker/registry/config.yml'] as const;
