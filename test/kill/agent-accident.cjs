/**
 * Loaded before an agent: kills its process at one call of the file system. ACCIDENT says which: the function, a pattern
 * of a path that it is given, whether before or after it, and which of several.
 */
const fs = require('node:fs');
const promises = require('node:fs/promises');

const { call, path, when = 'before', nth = 1 } = JSON.parse(process.env.ACCIDENT);
const home = call in promises ? promises : fs;
const real = home[call];
let seen = 0;

const isIt = (args) => args.some((arg) => typeof arg === 'string' && new RegExp(path).test(arg)) && ++seen === nth;
const die = () => {
  process.kill(process.pid, 'SIGKILL');
  // It comes a little later to a process of several threads.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
};

home[call] = (...args) => {
  if (!isIt(args)) return real(...args);
  if (when === 'before') die();
  return Promise.resolve(real(...args)).then(die);
};
