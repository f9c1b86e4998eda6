import { expect, it } from 'vitest'
import type { Evidence, Message } from './evidence.ts'
import { judge } from './judge.ts'
import type { LogLine } from './log.ts'
import { conductFor, planFaults, receiptsFor } from './plan.ts'

// A comparison that cannot turn red proves nothing: each kind of harm, made by hand, is found.

const ADA = '33639980001'
const BEN = '33639980002'

const call = (to: string, ref: string, mode: Extract<LogLine, { what: 'call' }>['mode'] = 'answer'): LogLine => ({ what: 'call', ref, to, mode, at: 1_000 })
const taken = (to: string, ref: string, at = 1_000): LogLine => ({ what: 'accepted', ref, to, uuid: `uuid of ${ref}`, at })
const receipt = (to: string, status: string): LogLine => ({ what: 'receipt', ref: '', to, status, at: 2_000 })
const message = (to: string, state: Message['state'], ...attempts: [string, Message['attempts'][number]['outcome']][]): Message =>
  ({ id: Number(to), e164: `+${to}`, step: 1, state, batch: 1, attempts: attempts.map(([id, outcome], i) => ({ id, n: i + 1, outcome })) })

const LOG = [call(ADA, 'a1'), taken(ADA, 'a1'), receipt(ADA, 'delivered'), call(BEN, 'b1', 'hang')]
const MESSAGES = [message(ADA, 'delivered', ['a1', 'accepted']), message(BEN, 'in_doubt', ['b1', 'in_doubt'])]
const FINE: Evidence = {
  recipients: 2, perSecond: 100, log: LOG, messages: MESSAGES, batches: [{ no: 1, state: 'done', sentEvents: 1 }], campaignStatus: 'completed', unappliedEvents: 0,
  pages: { faults: [] }, pauses: [], breaks: 0, inFlight: 10, alarms: [], surprises: [],
}

it('finds nothing where all sides agree', () => {
  expect(judge(FINE)).toEqual({ figures: { calls: 2, accepted: 1, doubled: 0, inDoubt: 1, doubtsActuallyAccepted: 0, resentByMachine: 0, unaccounted: 0 }, faults: [] })
})

it('lets a refusal that proves itself be followed by another try', () => {
  const log = [call(ADA, 'a0', 'throttle'), ...LOG]
  expect(judge({ ...FINE, log, messages: [message(ADA, 'delivered', ['a0', 'not_sent'], ['a1', 'accepted']), MESSAGES[1]!] }).faults).toEqual([])
})

const reminder = (to: string, state: Message['state'], attempt: string): Message => ({ ...message(to, state, [attempt, 'accepted']), id: Number(to) + 1, step: 2 })
const REMINDED = { log: [...LOG, call(ADA, 'a2'), taken(ADA, 'a2')], messages: [...MESSAGES, reminder(ADA, 'accepted', 'a2')] }

it('lets a person get a text and a reminder, each once', () => {
  expect(judge({ ...FINE, ...REMINDED })).toMatchObject({ figures: { accepted: 2, doubled: 0, resentByMachine: 0, unaccounted: 0 }, faults: [] })
})

it.each<[string, Partial<Evidence>, RegExp]>([
  ['a reminder that left twice', { ...REMINDED, log: [...REMINDED.log, call(ADA, 'a2'), taken(ADA, 'a2')] }, /1 texted twice: \+33639980001 \(reminder\)/],
  ['a reminder that was written twice', { ...REMINDED, messages: [...REMINDED.messages, reminder(ADA, 'skipped', 'a3')] }, /1 reminded twice: \+33639980001/],
  ['a reminder that still waits', { messages: [...MESSAGES, { ...reminder(ADA, 'queued', 'a2'), attempts: [] }] }, /1 still waiting: \+33639980001/],
  ['a second text', { log: [...LOG, call(ADA, 'a1'), taken(ADA, 'a1')] }, /1 texted twice: \+33639980001/],
  ['a second text behind a redirect', { log: [...LOG, call(BEN, 'b1', 'redirect'), taken(BEN, 'b1'), taken(BEN, 'b1')] }, /texted twice: \+33639980002/],
  ['a doubt that was handed over again', { messages: [MESSAGES[0]!, message(BEN, 'in_doubt', ['b1', 'in_doubt'], ['b2', 'in_doubt'])] }, /handed over again by a machine/],
  ['a doubt that somebody waived', { messages: [MESSAGES[0]!, message(BEN, 'in_doubt', ['b1', 'waived'])] }, /handed over again by a machine/],
  ['a second call of which the database knows nothing', { log: [...LOG, call(BEN, 'b1')] }, /handed over again by a machine: \+33639980002/],
  ['a call for an attempt nobody made', { log: [...LOG, call('33639980003', 'c1')] }, /an attempt that the database does not know/],
  ['a text that was sent and is not known to be', { messages: [message(ADA, 'queued', ['a1', 'not_sent']), MESSAGES[1]!] }, /taken by the provider, and neither sent nor in doubt here/],
  ['a text that is said to be sent and was not', { messages: [MESSAGES[0]!, message(BEN, 'accepted', ['b1', 'accepted'])] }, /sent here, and never taken by the provider: \+33639980002 \(accepted\)/],
  ['somebody without a message', { messages: MESSAGES.slice(0, 1) }, /1 recipients are not accounted for/],
  ['somebody who still waits', { messages: [MESSAGES[0]!, message(BEN, 'submitting', ['b1', 'open'])] }, /1 recipients are not accounted for/],
  ['somebody with two messages', { messages: [...MESSAGES, MESSAGES[1]!] }, /2 recipients have 3 messages/],
  ['a receipt that got lost', { messages: [message(ADA, 'accepted', ['a1', 'accepted']), MESSAGES[1]!] }, /not in the state that their receipts say: \+33639980001 \(accepted\) after delivered/],
  ['a state that went back', { log: [...LOG, receipt(ADA, 'undeliverable')], messages: [message(ADA, 'undelivered', ['a1', 'accepted']), MESSAGES[1]!] }, /not in the state that their receipts say/],
  ['a receipt refused for good', { log: [...LOG, { what: 'lost-receipt', ref: 'a1', to: ADA, status: 'delivered', answer: 401, at: 1 }] }, /receipts refused for good/],
  ['a receipt that was stored and left lying', { unappliedEvents: 1 }, /1 stored events were never applied/],
  ['a doubt that nothing explains', { log: [...LOG.slice(0, 3), call(BEN, 'b1')] }, /1 doubts come of 0 breaks/],
  ['a batch that ran twice', { batches: [{ no: 1, state: 'done', sentEvents: 2 }] }, /batch 1 is done and was reported sent 2 times/],
  ['a campaign that never ended', { campaignStatus: 'in_process' }, /the campaign is in_process/],
  ['a text that left during a pause', { pauses: [{ from: 900, until: 1_100 }] }, /1 taken while the campaign was paused/],
  ['a page that says something else', { pages: { faults: ['the page says 3'] } }, /the page says 3/],
  ['more calls than the rate allows', { perSecond: 1, log: [...LOG, ...Array.from({ length: 5 }, () => call(BEN, 'b1', 'throttle'))] }, /more than 6 calls in five seconds/],
  ['an illegal move', { alarms: ['message 1 may not move from accepted to queued'] }, /may not move/],
  ['a process that ended by itself', { surprises: ['src/worker.ts ended by itself'] }, /ended by itself/],
])('finds %s', (_what, change, fault) => {
  expect(judge({ ...FINE, ...change }).faults.join('\n')).toMatch(fault)
})

it('plans the same for the same seed, and something else for another', () => {
  const size = { seed: 4, recipients: 500, batches: 2, webs: 1, workers: 2, kills: 6, freezes: 2, webKills: 1, immediateHalts: 2, fastHalts: 1, pauses: 1 }
  const plan = planFaults(size)
  expect(planFaults(size)).toEqual(plan)
  expect(planFaults({ ...size, seed: 5 })).not.toEqual(plan)
  expect(plan.map(({ kind }) => kind).sort()).toEqual(['freeze-worker', 'freeze-worker', 'halt-database', 'halt-database', 'halt-database', ...Array<string>(6).fill('kill-worker'), 'kill-web', 'pause'].sort())
  expect(plan.map(({ afterCalls }) => afterCalls)).toEqual(plan.map(({ afterCalls }) => afterCalls).sort((a, b) => a - b))
  const people = Array.from({ length: 3_000 }, (_, i) => String(33639980000 + i))
  expect(new Set(people.map((to) => conductFor(4, to, 1).mode)).size).toBe(10)
  expect(people.map((to) => receiptsFor(4, to))).toEqual(people.map((to) => receiptsFor(4, to)))
  expect(people.filter((to) => receiptsFor(4, to).at(-1)?.status === 'submitted').length).toBeGreaterThan(50)
})
