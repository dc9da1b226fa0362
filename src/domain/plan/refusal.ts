import type { DeploymentSpec } from '../spec';
import { nameOf, type Judged } from './judged';
import { counted, nameList } from './words';

/** Why nothing may begin with these members, and what to do about it; undefined when it may. */
export function refusal({ fleet }: Pick<DeploymentSpec, 'fleet'>, judged: Judged[]): string | undefined {
  if (fleet.kind === 'none') return undefined;
  const refused = judged.filter(({ disposition }) => disposition === 'refused');
  if (refused.length > 0) {
    const who = `${refused.length} of ${counted(judged.length, 'instance')} can't be reached (${nameList(refused.map(nameOf))})`;
    return `${who}; bring them back, or say \`unreachable: exclude\` or \`unreachable: include\``;
  }
  const nobody = judged.every(({ disposition }) => disposition === 'excluded');
  return nobody ? 'none of its instances can be reached; bring them back' : undefined;
}
