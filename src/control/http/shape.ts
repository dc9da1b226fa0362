/** An answer that isn't what a Belay API answers with. */
export class Misshapen extends Error {
  override readonly name = 'Misshapen';
}

/** A document of the API, read key by key: where one isn't what it should be, it isn't a Belay API's. */
export class Shape {
  private readonly keys: Record<string, unknown>;

  constructor(
    readonly value: unknown,
    private readonly at = 'the answer',
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misshapen(`${at} is no object`);
    this.keys = value as Record<string, unknown>;
  }

  text(key: string): string {
    const value = this.keys[key];
    return typeof value === 'string' ? value : this.wrong(key);
  }

  number(key: string): number {
    const value = this.keys[key];
    return typeof value === 'number' ? value : this.wrong(key);
  }

  flag(key: string): boolean {
    const value = this.keys[key];
    return typeof value === 'boolean' ? value : this.wrong(key);
  }

  date(key: string): Date {
    const date = new Date(this.text(key));
    return Number.isNaN(date.getTime()) ? this.wrong(key) : date;
  }

  of(key: string): Shape {
    return new Shape(this.keys[key], key);
  }

  list(key: string): Shape[] {
    return this.values(key).map((each) => new Shape(each, key));
  }

  texts(key: string): string[] {
    return this.values(key).map((each) => (typeof each === 'string' ? each : this.wrong(key)));
  }

  /** `{ [as]: … }` where the key is there and not null, else nothing: to be spread. */
  optional<As extends string, T>(key: string, as: As, read: (shape: Shape, key: string) => T): { [K in As]?: T } {
    const value = this.keys[key];
    return (value === undefined || value === null ? {} : { [as]: read(this, key) }) as { [K in As]?: T };
  }

  private values(key: string): unknown[] {
    const value = this.keys[key];
    return Array.isArray(value) ? value : this.wrong(key);
  }

  private wrong(key: string): never {
    throw new Misshapen(`${this.at} has no ${key} as it should be`);
  }
}

/** Readers to hand to `optional`. */
export const text = (shape: Shape, key: string): string => shape.text(key);
export const number = (shape: Shape, key: string): number => shape.number(key);
export const date = (shape: Shape, key: string): Date => shape.date(key);
