import type { Code } from './generated/types.js';

/** A call that failed. `code` is the name of the C API's code; each code has a class of its own. */
export class CxjError extends Error {
  readonly code: Code;

  constructor(code: Code, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The input is wrong, whatever the state of the store. */
export class InvalidArgumentError extends CxjError {
  constructor(message: string) {
    super('INVALID_ARGUMENT', message);
  }
}

/** Nothing of that name is stored: what every look-up throws that finds nothing. */
export class NotFoundError extends CxjError {
  constructor(message: string) {
    super('NOT_FOUND', message);
  }
}

/** Same key and revision, other content. */
export class AlreadyExistsError extends CxjError {
  constructor(message: string) {
    super('ALREADY_EXISTS', message);
  }
}

/** The disk is full, or memory ran out. */
export class ResourceExhaustedError extends CxjError {
  constructor(message: string) {
    super('RESOURCE_EXHAUSTED', message);
  }
}

/** Not in this state: closed, or read-only after a write that failed. */
export class FailedPreconditionError extends CxjError {
  constructor(message: string) {
    super('FAILED_PRECONDITION', message);
  }
}

/** An invariant of the library broke; it takes no more writes. */
export class InternalError extends CxjError {
  constructor(message: string) {
    super('INTERNAL', message);
  }
}

/** The operating system refused; trying again may help. */
export class UnavailableError extends CxjError {
  constructor(message: string) {
    super('UNAVAILABLE', message);
  }
}

/** Stored bytes are damaged or missing. */
export class DataLossError extends CxjError {
  constructor(message: string) {
    super('DATA_LOSS', message);
  }
}

const classes: Partial<Record<Code, new (message: string) => CxjError>> = {
  INVALID_ARGUMENT: InvalidArgumentError,
  NOT_FOUND: NotFoundError,
  ALREADY_EXISTS: AlreadyExistsError,
  RESOURCE_EXHAUSTED: ResourceExhaustedError,
  FAILED_PRECONDITION: FailedPreconditionError,
  INTERNAL: InternalError,
  UNAVAILABLE: UnavailableError,
  DATA_LOSS: DataLossError,
};

export function errorOf(code: Code, message: string): CxjError {
  const kind = classes[code];
  return kind ? new kind(message) : new CxjError(code, message);
}
