// Node's own type stripping, so that Jest runs the very sources that `node` runs.
import { stripTypeScriptTypes } from 'node:module';

export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
