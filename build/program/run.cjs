// The first lines of the binary: they compile the program, with what was compiled of it when the binary was built.
//
// The cache that Node itself would keep holds what is compiled before anything ran; this one was made after the program
// had served (warm.cjs), and holds the functions that a start needs. V8 refuses it where it runs with other flags than
// then, and compiles everything anew: build/binary.ts sets the same.

const { getAssetKeys, getRawAsset } = require('node:sea');
const { Script } = require('node:vm');

// What is built for another machine has no cache.
const cachedData = getAssetKeys().includes('berth.cache')
  ? Buffer.from(getRawAsset('berth.cache'))
  : undefined;
const source = Buffer.from(getRawAsset('berth.js')).latin1Slice();
const script = new Script(source, { filename: 'berth.js', cachedData });
script.runInThisContext()(require, module, exports);
