// Evaluates a flattened TLA+ module: node evaluate.mjs FOLDER SPEC.tla MODEL.cfg, where FOLDER holds
// node_modules.  Prints the answer of tla-checker as JSON.
import fs from 'node:fs';
import path from 'node:path';
import url from 'node:url';

const [folder, spec, config] = process.argv.slice(2);
const library = path.join(path.resolve(folder), 'node_modules', 'tla-checker');
const about = JSON.parse(fs.readFileSync(path.join(library, 'package.json'), 'utf8'));
const tla = await import(url.pathToFileURL(path.join(library, about.module ?? about.main)));
const wasm = fs.readFileSync(path.join(library, 'tla_checker_bg.wasm'));
await tla.default({module_or_path: wasm});

const MAX_STATES = 100000;
const MAX_DEPTH = 10000;
let answer;
try {
  answer = JSON.parse(tla.check_spec_with_cfg(fs.readFileSync(spec, 'utf8'),
      fs.readFileSync(config, 'utf8'), '{}', MAX_STATES, MAX_DEPTH, true, false));
} catch (error) {
  answer = {success: false, error_type: 'Thrown', error_message: String(error), warnings: [],
            states_explored: 0};
}
delete answer.trace;
delete answer.dot;
console.log(JSON.stringify(answer));
