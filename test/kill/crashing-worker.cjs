/**
 * Belay's worker, with an accident at one point of its life. What happens where is told by the file
 * <task queue>.accident in the folder for temporary files; it happens once, and takes the file away. When the activity
 * that it befell ends after all, there is a file <task queue>.accident.over.
 */
const { Context } = require('@temporalio/activity');
const { AsyncLocalStorage } = require('node:async_hooks');
const childProcess = require('node:child_process');
const { readFileSync, rmSync, writeFileSync } = require('node:fs');
const { Socket } = require('node:net');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Client } = require('pg');

/** What lies in wait, with how many of the calls that it is about came already. */
let waiting;
/** The activity's task that it has befallen. */
let befallen;
/** What the activity was given within which something is done. */
const within = new AsyncLocalStorage();

function look() {
  const file = join(tmpdir(), `${Context.current().info.taskQueue}.accident`);
  try {
    const text = readFileSync(file, 'utf8');
    if (waiting?.text !== text) waiting = { ...JSON.parse(text), text, file, seen: 0 };
  } catch {
    waiting = undefined;
  }
  return waiting;
}

/** @returns once whoever stopped this process lets it go on */
function happen() {
  rmSync(waiting.file);
  befallen = { task: Context.current().info.base64TaskToken, file: `${waiting.file}.over` };
  process.kill(process.pid, waiting.signal);
  // It comes a little later to a process of several threads.
  rest(200);
}

/** Nothing else goes on in this process meanwhile. */
function rest(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Whether it lies in wait in this activity, given these arguments. */
function isAbout({ activity, ordinal, act = {} }, [input]) {
  if (activity !== Context.current().info.activityType) return false;
  if (ordinal !== undefined && input.ordinal !== ordinal) return false;
  return Object.entries(act).every(([key, value]) => input.act[key] === value);
}

/** Whether this is the call that is meant; each is counted once. */
function isMeant(args) {
  const accident = look();
  if (accident === undefined || 'says' in accident || !isAbout(accident, args)) return false;
  accident.seen += 1;
  return accident.seen === (accident.nth ?? 1);
}

/** Before an activity says this: to a router (`tells`) or to the database (`asks`). */
function beforeSaying(when, text) {
  const args = within.getStore();
  const accident = args && look();
  if (accident?.when !== when || !isAbout(accident, args) || !new RegExp(accident.says, 's').test(text)) return;
  accident.seen += 1;
  if (accident.seen === (accident.nth ?? 1)) happen();
}

const { write } = Socket.prototype;
Socket.prototype.write = function (text, ...rest) {
  if (typeof text === 'string') beforeSaying('tells', text);
  return write.call(this, text, ...rest);
};
const { query } = Client.prototype;
Client.prototype.query = function (asked, ...rest) {
  beforeSaying('asks', asked?.text ?? String(asked));
  return query.call(this, asked, ...rest);
};

const interceptor = () => ({
  inbound: {
    async execute(input, next) {
      const meant = isMeant(input.args);
      if (meant && waiting.when === 'before') happen();
      try {
        const result = await within.run(input.args, () => next(input));
        if (meant && waiting.when === 'after') happen();
        return result;
      } finally {
        if (befallen?.task === Context.current().info.base64TaskToken) writeFileSync(befallen.file, '');
      }
    },
  },
});

// All is checked and recorded, and the command is about to be started. Afterwards it is the first to go on: nobody
// hears that it comes too late before it has ended.
const { spawn } = childProcess;
childProcess.spawn = (...args) => {
  if (waiting?.when !== 'spawn' || args[2]?.env?.INSTANCE_ID !== waiting.instance) return spawn(...args);
  happen();
  const child = spawn(...args);
  while (!/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8'))) rest(20);
  return child;
};

const { runAsChild } = require('../../dist/worker.js');
runAsChild({ interceptors: { activity: [interceptor] } });
