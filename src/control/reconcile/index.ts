export * from './documents';
export { sweep, sweepWhenDue } from './sweep';
export { findDrift, NOT_CONFIGURED } from './find';
