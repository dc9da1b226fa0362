/**
 * `pure` needs no server; `unit` shares one Temporal dev server and one PostgreSQL (test/support/global-setup.ts);
 * `kill` starts and kills real processes, so `npm test` runs it by itself, one file at a time.
 */
const path = require('node:path');

const PURE = ['domain', 'schemas', 'simulation', 'support'].map((folder) => `/test/${folder}/`);
const SERIAL = ['kill', 'e2e'].map((folder) => `/test/${folder}/`);

const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  // Kept with the packages: each `npm test` has a temporary folder of its own.
  cacheDirectory: path.join(__dirname, 'node_modules/.cache/jest'),
  transform: {
    '^.+\\.[tj]s$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'commonjs' },
        jsc: { target: 'es2023', parser: { syntax: 'typescript' }, keepClassNames: true },
      },
    ],
  },
  // Copies of the sources that a build leaves behind are not modules of their own.
  modulePathIgnorePatterns: ['<rootDir>/dist[./]', '<rootDir>/.belay/'],
};

const servers = {
  globalSetup: path.join(__dirname, 'test/support/global-setup.ts'),
  globalTeardown: path.join(__dirname, 'test/support/global-teardown.ts'),
};

const everywhere = '<rootDir>/test/**/*.test.ts';
const within = (folders) => folders.map((folder) => `<rootDir>${folder}**/*.test.ts`);

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    { ...common, displayName: 'pure', testMatch: within(PURE) },
    {
      ...common,
      ...servers,
      displayName: 'unit',
      testMatch: [everywhere],
      testPathIgnorePatterns: ['/node_modules/', ...PURE, ...SERIAL],
    },
    { ...common, ...servers, displayName: 'kill', testMatch: within(SERIAL) },
  ],
  testTimeout: 120_000,
};
