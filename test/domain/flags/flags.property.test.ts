import fc from 'fast-check';
import { evaluate, plainFlag, type Flag } from '../../../src/domain/flags';

const USERS = 10_000;
const flagOf = (key: string, change: Partial<Flag> = {}): Flag => {
  return { ...plainFlag('production', key), enabled: true, ...change };
};

function variantOf(flag: Flag, targetingKey: string): string {
  const answer = evaluate(flag, { targetingKey });
  return answer.ok ? answer.variant : answer.error;
}

const isIn = (flag: Flag, user: string) => variantOf(flag, user) !== 'off';
const key = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const user = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
/** With three decimals. */
const percent = fc.integer({ min: 0, max: 100_000 }).map((parts) => parts / 1_000);

/** Users as systems name them: they hardly differ, which a poor hash would show. */
const CROWDS: [string, (i: number) => string][] = [
  ['numbers', (i) => String(i)],
  ['names with a number', (i) => `user-${i}`],
  ['addresses', (i) => `person.${i}@example.com`],
  ['long ids', (i) => `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`],
];

/** The correlation of two yes-or-no questions. */
function phi(pairs: [boolean, boolean][]): number {
  const n = pairs.length;
  const [a, b, both] = pairs.reduce(
    ([x, y, z], [one, other]) => [x + Number(one), y + Number(other), z + Number(one && other)],
    [0, 0, 0],
  );
  return (both / n - (a / n) * (b / n)) / Math.sqrt((a / n) * (1 - a / n) * (b / n) * (1 - b / n));
}

describe('the share of 10,000 users that is in', () => {
  describe.each(CROWDS)('%s', (_, nameOf) => {
    it.each([0.5, 10, 25, 50, 90])('is %d% within 1.5 points, for three flags', (wanted) => {
      for (const name of ['new_ui', 'checkout', 'a']) {
        const flag = flagOf(name, { percent: wanted });
        let count = 0;
        for (let i = 0; i < USERS; i++) if (isIn(flag, nameOf(i))) count++;
        const share = (100 * count) / USERS;
        expect([name, Math.abs(share - wanted) <= 1.5, share]).toEqual([name, true, share]);
      }
    });

    it('is of other users for another flag', () => {
      const [a, b] = [flagOf('new_ui', { percent: 50 }), flagOf('checkout', { percent: 50 })];
      let both = 0;
      for (let i = 0; i < USERS; i++) if (isIn(a, nameOf(i)) && isIn(b, nameOf(i))) both++;
      expect(Math.abs(both / USERS - 0.25)).toBeLessThan(0.015);
    });

    it.each([
      [10, 25],
      [50, 50],
    ])('tells nothing of another flag: at %d%% and %d%% they do not go together', (one, other) => {
      const flags = ['new_ui', 'new_ui2', 'checkout'];
      for (const a of flags) {
        for (const b of flags.filter((name) => name > a)) {
          const ins: [boolean, boolean][] = Array.from({ length: USERS }, (_, i) => [
            isIn(flagOf(a, { percent: one }), nameOf(i)),
            isIn(flagOf(b, { percent: other }), nameOf(i)),
          ]);
          // Of independent ones phi is 0 but for 1/√10,000; four times that is seldom.
          expect([a, b, Math.abs(phi(ins)) < 0.04]).toEqual([a, b, true]);
        }
      }
    });

    it('keeps everyone in as it grows from 10% over 25% to 50%', () => {
      const [few, some, half] = [10, 25, 50].map((percent) => {
        const flag = flagOf('new_ui', { percent });
        return new Set(Array.from({ length: USERS }, (_, i) => nameOf(i)).filter((name) => isIn(flag, name)));
      });
      expect([...few!].every((name) => some!.has(name)) && [...some!].every((name) => half!.has(name))).toBe(true);
    });

    it('has every variant in proportion to its weight, whoever is in', () => {
      const variants = [
        { name: 'a', value: true, weight: 1 },
        { name: 'b', value: true, weight: 2 },
        { name: 'c', value: true, weight: 1 },
      ];
      const flag = flagOf('test', { percent: 50, variants, defaultVariant: 'a' });
      const counts = new Map<string, number>();
      for (let i = 0; i < USERS; i++) {
        const got = variantOf(flag, nameOf(i));
        counts.set(got, (counts.get(got) ?? 0) + 1);
      }
      for (const [name, wanted] of Object.entries({ off: 50, a: 12.5, b: 25, c: 12.5 })) {
        expect([name, Math.abs((100 * (counts.get(name) ?? 0)) / USERS - wanted) <= 1.5]).toEqual([name, true]);
      }
    });
  });
});

describe('as the percentage grows', () => {
  it('everyone who was in stays in, with the same variant', () => {
    const variants = [
      { name: 'a', value: 1, weight: 3 },
      { name: 'b', value: 2, weight: 7 },
    ];
    fc.assert(
      fc.property(key, user, percent, percent, (name, who, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const at = (share: number) =>
          variantOf(flagOf(name, { percent: share, variants, defaultVariant: 'a', offValue: 0 }), who);
        if (at(less) !== 'off') expect(at(more)).toBe(at(less));
      }),
      { numRuns: 3_000 },
    );
  });

  it('nobody is in at 0 and everybody at 100', () => {
    fc.assert(
      fc.property(key, user, (name, who) => {
        expect(isIn(flagOf(name, { percent: 0 }), who)).toBe(false);
        expect(isIn(flagOf(name, { percent: 100 }), who)).toBe(true);
      }),
    );
  });

  it('there is a percent at which a user comes in, the same each time', () => {
    fc.assert(
      fc.property(key, user, (name, who) => {
        const ins = Array.from({ length: 101 }, (_, share) => isIn(flagOf(name, { percent: share }), who));
        expect(ins.lastIndexOf(false) + 1).toBe(ins.indexOf(true));
      }),
    );
  });
});

it('one that is disabled is off for everyone, its users included, whatever it says', () => {
  fc.assert(
    fc.property(key, user, percent, (name, who, share) => {
      const flag = flagOf(name, { enabled: false, percent: share, users: [who] });
      expect(evaluate(flag, { targetingKey: who })).toMatchObject({ value: false, variant: 'off', reason: 'DISABLED' });
    }),
  );
});

it('two pairs of flag and user are never the same by where one ends and the other begins', () => {
  let same = 0;
  for (let i = 0; i < 1_000; i++) {
    if (isIn(flagOf('ab', { percent: 50 }), `u${i}`) === isIn(flagOf('a', { percent: 50 }), `bu${i}`)) same++;
  }
  expect(Math.abs(same - 500)).toBeLessThan(75);
});
