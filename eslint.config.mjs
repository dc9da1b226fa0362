import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The folders of src/, whose imports have a direction. */
const FOLDERS = [
  'activities',
  'agent',
  'api',
  'cli',
  'control',
  'domain',
  'drivers',
  'metrics',
  'schemas',
  'stack',
  'store',
  'workflows',
];
const ROOTS = ['client', 'machine', 'agent-process', 'agent-alone', 'remote', 'worker', 'server', 'dev'];

/**
 * Lets a folder of src/ import from the named folders only; `types`: from these, types only.
 * `packages`: a regular expression of the packages it may import; all when absent.
 */
function direction(folder, { from, types = [], packages }) {
  const refused = FOLDERS.filter((other) => other !== folder && !from.includes(other));
  const names = (list) => list.join('|');
  const patterns = [
    {
      regex: `^(\\.\\./)+(${names([...refused.filter((other) => !types.includes(other)), ...ROOTS])})(/|$)`,
      message: `${folder}/ may import only from: ${[...from, ...types.map((t) => `${t} (types)`)].join(', ') || 'itself'}.`,
    },
  ];
  if (types.length > 0) {
    patterns.push({
      regex: `^(\\.\\./)+(${names(types)})(/|$)`,
      allowTypeImports: true,
      message: `${folder}/ may import types only from ${types.join(', ')}.`,
    });
  }
  if (packages !== undefined) {
    patterns.push({
      regex: `^(?!\\.)(?!(${packages})$)`,
      message: `${folder}/ must not import packages but: ${packages || 'none'}.`,
    });
  }
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

export default defineConfig(
  globalIgnores(['dist/', 'dist.*/', 'coverage/', '.belay/', 'node_modules/', 'examples/**/releases/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // An interface may be asynchronous where one implementation isn't.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
    },
  },
  direction('domain', { from: [], packages: '' }),
  direction('workflows', { from: ['domain'], types: ['activities'], packages: '@temporalio/(workflow|common)' }),
  direction('drivers', { from: ['domain'] }),
  direction('metrics', { from: ['domain'], types: ['store'], packages: '(prom-client|node:.*)' }),
  direction('store', { from: ['domain'], types: ['drivers'] }),
  direction('schemas', { from: ['domain'] }),
  direction('activities', { from: ['domain', 'drivers', 'store'] }),
  direction('control', { from: ['domain', 'workflows'], types: ['store'] }),
  direction('cli', { from: ['control', 'schemas', 'domain'], types: ['stack'] }),
  direction('agent', { from: ['domain', 'drivers', 'schemas'] }),
  direction('api', { from: ['control', 'schemas', 'domain', 'metrics'] }),
  {
    files: ['src/control/**/*.ts', 'src/cli/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '/workflows/(?!messages$)', message: 'Only the messages of a workflow are public.' }] },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // Jest's matchers and parsed JSON are untyped; a test that misreads them fails by itself.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
