/** The result of an intention whose refusal is expected: handled where it happens, never thrown. */
export type Outcome<Value, Reason extends string, Detail = undefined> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Reason; readonly detail: Detail }

export function done<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value }
}

export function refused<Reason extends string>(reason: Reason): { readonly ok: false; readonly reason: Reason; readonly detail: undefined }
export function refused<Reason extends string, Detail>(reason: Reason, detail: Detail): { readonly ok: false; readonly reason: Reason; readonly detail: Detail }
export function refused(reason: string, detail?: unknown) {
  return { ok: false, reason, detail }
}
