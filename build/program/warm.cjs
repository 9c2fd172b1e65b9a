// Runs the program as run.cjs does, and when it is told to, writes what V8 has compiled of it.
//
//   node warm.cjs SOURCE CACHE ARGUMENT…    its parent says when, by a message; then it stops as on SIGTERM

const { readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');

const [sourceFile, cacheFile, ...programArguments] = process.argv.slice(2);
process.argv.splice(2, Infinity, ...programArguments);

const script = new Script(readFileSync(sourceFile, 'latin1'), { filename: 'berth.js' });
script.runInThisContext()(require, module, exports);

process.once('message', () => {
  writeFileSync(cacheFile, script.createCachedData());
  process.disconnect();
  process.kill(process.pid, 'SIGTERM');
});
