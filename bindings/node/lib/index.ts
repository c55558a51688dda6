export * from './errors.js';
export type * from './generated/types.js';
export type { ArrowData, ArrowField, ArrowTable } from './arrow.js';
export { Clock } from './clock.js';
export { Cursor, type Found } from './cursor.js';
export { Journey } from './journey.js';
export {
  checkIdentityRules, defaultIdentityRules, parsePolicy, policyPresets, reasonName, version,
} from './library.js';
export { Timestamp, type TimeInput } from './timestamp.js';
export { Tracker, type OpenOptions } from './tracker.js';
export type { AssertionId, CustomerId } from './wire.js';
