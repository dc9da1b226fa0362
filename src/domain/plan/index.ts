export * from './current';
export * from './order';
