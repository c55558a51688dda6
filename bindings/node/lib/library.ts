import * as calls from './generated/calls.js';
import type { IdentityRules, Policy, Reason } from './generated/types.js';
import { callSync } from './native.js';

/** The library's version, "0.2.0". */
export const version: string = callSync(calls.version, undefined);

/** Reads "same_topic_7d", "next_contact_7d,window=3d,topic=prefix:1" or "calendar_days(45)". */
export function parsePolicy(text: string): Policy {
  return callSync(calls.policyParse, undefined, text);
}

/** Names of the presets that parsePolicy knows. */
export function policyPresets(): string[] {
  const names: string[] = [];
  for (;;) {
    const name = callSync(calls.policyPreset, undefined, names.length);
    if (name === '') return names;
    names.push(name);
  }
}

/** The default rules: a copy to start from. */
export function defaultIdentityRules(): IdentityRules {
  return callSync(calls.identityRulesDefault, undefined);
}

/** InvalidArgumentError: the rules contradict themselves. */
export function checkIdentityRules(rules: IdentityRules): void {
  callSync(calls.identityRulesCheck, undefined, rules);
}

/** The library's lower-case name of a reason, "revision_conflict", as in Stats.refused. */
export function reasonName(reason: Reason): string {
  return callSync(calls.reasonName, undefined, reason);
}
