import type { Migration } from 'kysely';
import { foundation } from './0001-foundation';
import { freezes } from './0002-freezes';
import { inventory } from './0003-inventory';
import { tokens } from './0004-tokens';
import { artifacts } from './0005-artifacts';
import { reconciliation } from './0006-reconciliation';
import { looks } from './0007-looks';
import { hearing } from './0008-hearing';
import { flags } from './0009-flags';
import { traces } from './0010-traces';
import { raises } from './0011-raises';
import { restores } from './0012-restores';
import { measurements } from './0013-measurements';
import { shifts } from './0014-shifts';
import { flagSnapshots } from './0015-flag-snapshots';
import { acts } from './0016-acts';
import { notifications } from './0017-notifications';
import { groupsWithRouters } from './0018-groups-with-routers';
import { flagSteps } from './0019-flag-steps';

/** All migrations by name; they run in the order of their names. A released one is never changed. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-foundation': foundation,
  '0002-freezes': freezes,
  '0003-inventory': inventory,
  '0004-tokens': tokens,
  '0005-artifacts': artifacts,
  '0006-reconciliation': reconciliation,
  '0007-looks': looks,
  '0008-hearing': hearing,
  '0009-flags': flags,
  '0010-traces': traces,
  '0011-raises': raises,
  '0012-restores': restores,
  '0013-measurements': measurements,
  '0014-shifts': shifts,
  '0015-flag-snapshots': flagSnapshots,
  '0016-acts': acts,
  '0017-notifications': notifications,
  '0018-groups-with-routers': groupsWithRouters,
  '0019-flag-steps': flagSteps,
};
