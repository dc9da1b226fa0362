/**
 * Belay's worker, with an accident at one point of its life. What happens where is told by the file
 * <task queue>.accident in the folder for temporary files; it happens once, and takes the file away.
 */
const { Context } = require('@temporalio/activity');
const childProcess = require('node:child_process');
const { readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** What lies in wait, with how many of the calls that it is about came already. */
let waiting;

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
  process.kill(process.pid, waiting.signal);
}

/** Whether this is the call that is meant; each is counted once. */
function isMeant(args) {
  const accident = look();
  if (accident?.activity !== Context.current().info.activityType) return false;
  if (accident.ordinal !== undefined && args[0].ordinal !== accident.ordinal) return false;
  accident.seen += 1;
  return accident.seen === (accident.nth ?? 1);
}

const interceptor = () => ({
  inbound: {
    async execute(input, next) {
      const meant = isMeant(input.args);
      if (meant && waiting.when === 'before') happen();
      const result = await next(input);
      if (meant && waiting.when === 'after') happen();
      return result;
    },
  },
});

// All is checked and recorded, and the command is about to be started.
const { spawn } = childProcess;
childProcess.spawn = (...args) => {
  if (waiting?.when === 'spawn' && args[2]?.env?.INSTANCE_ID === waiting.instance) happen();
  return spawn(...args);
};

const { runAsChild } = require('../../dist/worker.js');
runAsChild({ interceptors: { activity: [interceptor] } });
