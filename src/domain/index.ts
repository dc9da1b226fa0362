export * from './instance';
export * from './message';
export * from './outcome';
export * from './simulated';
export * from './size';
export * from './spec';
export * from './status';
