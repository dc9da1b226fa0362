export * from './build';
export * from './current';
export * from './differences';
export * from './order';
export * from './plan';
export * from './text';
