import { z } from 'zod';
import { isName, NAME_RULE } from '../../domain/names';
import { object } from '../object';
import {
  anyText,
  choice,
  decimal,
  digest,
  duration,
  integer,
  limit,
  line,
  list,
  mapOf,
  name,
  positiveDuration,
  size,
  version,
} from '../scalars';
import { analysis, metrics } from './analysis';
import { crossChecks } from './cross-checks';
import { driver } from './driver';
import { groups } from './groups';
import { hooks } from './hooks';
import { strategy } from './strategy';
import { traffic } from './traffic';
import { waiting } from './waiting';
import { windows } from './windows';

const UNLESS_FEATURES = '**required**, except of features';

const names = (what: string) =>
  list(name('instance'), `write a list of instance ids, like [web-03]`).prefault([]).describe(what);

const flags = mapOf(integer(0, 100), 'write a map of percents, like { new_ui: 25 }')
  .superRefine((values, context) => {
    for (const key of Object.keys(values).filter((each) => !isName(each))) {
      context.addIssue({ code: 'custom', path: [key], message: `can't be the name of a flag: ${NAME_RULE}` });
    }
  })
  .meta({ type: 'map of whole numbers' });

const release = object(
  {
    code_version: version('version of the code').describe('Stands unquoted as well: 1.10 stays 1.10.'),
    configuration_version: version('version of the configuration').describe(
      'Moves, and goes back, together with the code.',
    ),
    artifact: digest()
      .optional()
      .describe(
        'The artifact that they come in: the digest that `belay artifact push` printed. It goes back with them.',
      ),
    flags: flags
      .prefault({})
      .describe(
        'Percent of users by flag: turned on when all instances run the release, and back before any of them goes back.',
      ),
  },
  'write { code_version: 1.5.0, configuration_version: 12 }',
);

const labels = mapOf(anyText('write a text'), 'write a map of labels, like { role: web }').refine(
  (values) => Object.keys(values).length > 0,
  { error: 'names no label, which would be every instance there is; write at least one, like { role: web }' },
);

const fleet = object(
  {
    file: line('write the path of the file that lists the instances, like instances.json', 4096)
      .optional()
      .describe(
        "The JSON file that lists the instances; a relative path counts from this file's folder. Belay writes versions and health back to it. Either this or labels.",
      ),
    labels: labels
      .optional()
      .describe('Those in the inventory that carry all of these labels: instances whose agents registered them.'),
    // An empty list would be read as nobody by one person and as everybody by another.
    only: list(name('instance'), 'write a list of instance ids, like [web-03], or leave it out to target all', 1)
      .optional()
      .describe('Target these instances and no others.'),
    exclude: names('Leave these instances out.'),
    first: names('Change these instances before the others.'),
  },
  'write { file: instances.json } or { labels: { role: web } }',
);

const retry = object(
  {
    max_attempts: integer(1, 100)
      .prefault('3')
      .describe('How many times a change is tried. An attempt that was lost with its worker does not count.'),
    initial_interval: positiveDuration().prefault('1s').describe('How long to wait before the second attempt.'),
    backoff: decimal(1, 100).prefault('2').describe('The wait grows by this factor each time.'),
    max_interval: positiveDuration().prefault('30s').describe('The longest wait between two attempts.'),
  },
  'write a map like { max_attempts: 3, initial_interval: 1s }',
);

const timeouts = object(
  {
    instance: positiveDuration().prefault('5m').describe('How long one attempt to change one instance may take.'),
    health: positiveDuration()
      .prefault('60s')
      .describe("How long an instance may take to become good, from its change's end."),
    deployment: positiveDuration()
      .optional()
      .describe(
        'How long the deployment may take; time paused, awaiting approval or baking does not count. Without it, as long as it takes.',
      ),
  },
  'write a map like { instance: 5m, health: 60s }',
);

const approval = object(
  {
    before_batch: integer(1, 1_000_000).describe(
      'The batch, counted from 1, that waits for `belay approve`. A window takes only 1.',
    ),
    ...waiting,
  },
  'write a map like { before_batch: 2, timeout: 4h }',
);

const metadata = mapOf(anyText('write a text'), 'write a map of texts, like { commit: 9f2c1ab }').superRefine(
  (values, context) => {
    const { runbook } = values;
    if (runbook !== undefined && !/^https?:\/\/\S+$/.test(runbook)) {
      context.addIssue({
        code: 'custom',
        path: ['runbook'],
        message: `is ${JSON.stringify(runbook)}; write an address that starts with https://`,
      });
    }
  },
);

const order = z
  .union(
    [
      choice(['name', 'as_listed']),
      object(
        { label: line('write the name of a label').describe('By the value of this label, then by name.') },
        'write { label: zone }',
      ),
    ],
    { error: () => 'is not an order; write name, as_listed or { label: zone }' },
  )
  .meta({ type: '`name`, `as_listed` or `{ label: … }`' });

/** `deployment.yaml`: the whole of it. The spec reference is generated from this. */
export const deployment = object(
  {
    service: name('service').describe('The service that is deployed.'),
    environment: name('environment').describe(
      'Where. One deployment at a time is in flight per service and environment.',
    ),
    release: release
      .optional()
      .meta({ shownDefault: UNLESS_FEATURES })
      .describe('What every targeted instance is to run.'),
    metadata: metadata
      .prefault({})
      .describe('Kept with the deployment and shown; `runbook` is an address that is shown as a link.'),
    fleet: fleet.optional().meta({ shownDefault: UNLESS_FEATURES }).describe('Which instances.'),
    unreachable: choice(['refuse', 'exclude', 'include'])
      .prefault('refuse')
      .describe(
        'What to do when an instance does not answer before the first touch: refuse to begin, leave it out, or try it all the same.',
      ),
    driver: driver.optional().meta({ shownDefault: UNLESS_FEATURES }),
    strategy: strategy.prefault({ type: 'rolling' }),
    traffic: traffic.optional(),
    hooks: hooks.prefault({}),
    windows: windows
      .optional()
      .describe('When it may go forward; it waits until then. Without them, at any time. It goes back at any time.'),
    groups: groups
      .optional()
      .describe('The strategy goes through groups of instances, one after another, as of regions.'),
    max_failures: limit()
      .optional()
      .meta({ shownDefault: '`0`' })
      .describe(
        'How many instances may fail; one more trips. A percent is of the targeted instances, compared exactly.',
      ),
    failed_instances: choice(['leave', 'restore'])
      .prefault('leave')
      .describe('What becomes of instances that failed within the limit when the deployment ends.'),
    on_failure: choice(['rollback', 'pause', 'abort'])
      .prefault('rollback')
      .describe(
        'What happens when too many failed: everything touched goes back, it waits for a person, or it stops and leaves all as it is.',
      ),
    rollback: object(
      {
        batch_size: size()
          .optional()
          .describe('How many go back at a time. Without it, as many as the largest batch that was started.'),
      },
      'write a map like { batch_size: 25% }',
    )
      .prefault({})
      .describe('How it goes back.'),
    retry: retry.prefault({}).describe('How often a change of one instance is tried.'),
    timeouts: timeouts.prefault({}).describe('How long things may take.'),
    min_healthy_time: duration()
      .optional()
      .meta({ shownDefault: '`10s`; `type: simulated`: `0s`' })
      .describe('How long an instance must be healthy on the new versions before it counts as good.'),
    health_interval: positiveDuration()
      .prefault('10s')
      .describe('How often instances that are good are looked at again.'),
    approvals: list(approval, 'write a list like [{ before_batch: 2, timeout: 4h }]')
      .prefault([])
      .describe('Where a person decides.'),
    metrics: metrics.optional().describe('Who tells how the service does; `analysis` needs it.'),
    analysis: analysis
      .optional()
      .describe('After each batch, and after the last, the release is measured and judged before it goes on.'),
    order: order.prefault('name').describe('In which order instances are changed. Unhealthy ones come first, always.'),
  },
  'write a map that starts with service: …',
).check(z.superRefine(crossChecks, { when: ({ value }) => typeof value === 'object' && value !== null }));

export type ParsedDeployment = z.output<typeof deployment>;
