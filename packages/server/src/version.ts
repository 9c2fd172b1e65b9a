// What `berth version` says. A constant, so that a bundle needs no package.json beside it; a test holds the two together.

export const version = '0.1.0';
