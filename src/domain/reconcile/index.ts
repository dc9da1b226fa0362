export * from './desired';
export * from './drift';
export * from './repair';
export * from './tried';
