/** The simulator's memory: one SQLite file of its own, so that phones and undelivered webhooks survive a restart. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export type Direction = 'to_phone' | 'from_phone'
export type MessageRow = {
  id: number
  uuid: string
  direction: Direction
  phone: string
  sender: string
  text: string
  client_ref: string | null
  segments: number
  state: string
  code: string | null
  at: number
}
export type PhoneRow = { number: string; last_seq: number; last_at: number; last_text: string; last_direction: Direction; messages: number }
export type WebhookRow = { id: number; kind: 'status' | 'inbound'; message_uuid: string; body: string; attempts: number; first_at: number }

/** Enough for several large campaigns; the oldest messages make room. */
const KEEP_MESSAGES = 200_000
const PRUNE_EVERY = 2000

// synchronous off: a killed process loses nothing, and nobody needs imaginary phones to outlive a power cut.
const SCHEMA = `
  pragma journal_mode = wal;
  pragma synchronous = off;
  pragma busy_timeout = 5000;
  create table if not exists message (
    id integer primary key autoincrement, uuid text not null unique, direction text not null, phone text not null, sender text not null, text text not null,
    client_ref text, segments integer not null, state text not null, code text, at integer not null);
  create index if not exists message_phone on message (phone, sender, id);
  create index if not exists message_at on message (at);
  create table if not exists phone (
    number text primary key, last_seq integer not null, last_at integer not null, last_text text not null, last_direction text not null, messages integer not null);
  create index if not exists phone_recent on phone (last_seq);
  create table if not exists webhook (
    id integer primary key autoincrement, kind text not null, message_uuid text not null, body text not null, due_at integer not null, attempts integer not null default 0, first_at integer not null);
  create index if not exists webhook_due on webhook (due_at, id);
  create index if not exists webhook_message on webhook (message_uuid);
  create table if not exists throttled (phone text not null, text text not null, primary key (phone, text)) without rowid;`

/** Milliseconds; null means any. */
export type TimeQuery = { direction: Direction; from: number; until: number; phone: string | null; sender: string | null; state: string | null; afterId: number; limit: number }

export type Store = ReturnType<typeof openStore>

export function openStore(file: string) {
  if (file !== ':memory:') mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(file)
  db.exec(SCHEMA)
  const sql = prepare(db)
  let sincePrune = 0

  function inTransaction<T>(work: () => T): T {
    db.exec('begin immediate')
    try {
      const result = work()
      db.exec('commit')
      return result
    } catch (error) {
      db.exec('rollback')
      throw error
    }
  }

  return {
    close: () => db.close(),

    /** The acceptance and its receipts to come, together, before the provider answers. */
    addMessage(message: Omit<MessageRow, 'id'>, webhooks: readonly { kind: WebhookRow['kind']; body: string; dueAt: number }[]): void {
      inTransaction(() => {
        const { lastInsertRowid } = sql.addMessage.run(message.uuid, message.direction, message.phone, message.sender, message.text, message.client_ref, message.segments, message.state, message.code, message.at)
        sql.touchPhone.run(message.phone, lastInsertRowid, message.at, message.text.slice(0, 200), message.direction)
        for (const { kind, body, dueAt } of webhooks) sql.addWebhook.run(kind, message.uuid, body, dueAt, message.at)
      })
      if (++sincePrune >= PRUNE_EVERY) {
        sincePrune = 0
        inTransaction(() => {
          sql.pruneMessages.run(KEEP_MESSAGES)
          sql.prunePhones.run()
          sql.pruneThrottled.run()
        })
      }
    },

    /** True the first time this text goes to this phone, then false once, and so on. */
    throttleOnce(phone: string, text: string): boolean {
      return inTransaction(() => {
        if (sql.endThrottle.run(phone, text).changes > 0) return false
        sql.beginThrottle.run(phone, text)
        return true
      })
    },

    setState: (uuid: string, state: string, code: string | null): void => void sql.setState.run(state, code, uuid),

    moveState: (uuid: string, from: string, to: string): void => void sql.moveState.run(to, uuid, from),

    listDue: (now: number, limit: number) => sql.listDue.all(now, limit) as WebhookRow[],
    hasDue: (now: number) => sql.hasDue.get(now) !== undefined,
    nextDueAt: () => (sql.nextDueAt.get() as { due_at: number | null }).due_at,
    /** Taken out of the list while it is on its way; it comes back by itself if the process dies. */
    leaseWebhook: (id: number, until: number): void => void sql.leaseWebhook.run(until, id),
    retryWebhook: (id: number, dueAt: number): void => void sql.retryWebhook.run(dueAt, id),
    /** A lease from a process that died must not delay what is due. */
    releaseLeases: (now: number): void => void sql.releaseLeases.run(now, now),
    endWebhook: (id: number): void => void sql.endWebhook.run(id),
    countWaiting: (uuid: string) => (sql.countWaiting.get(uuid) as { n: number }).n,
    hasWebhooks: () => sql.hasWebhooks.get() !== undefined,
    countWebhooks: () => (sql.countWebhooks.get() as { n: number }).n,

    countPhones: (digits: string) => (sql.countPhones.get(`%${digits}%`) as { n: number }).n,
    listPhones: (digits: string, before: number | undefined, limit: number) => sql.listPhones.all(`%${digits}%`, before ?? Number.MAX_SAFE_INTEGER, limit) as PhoneRow[],
    hasPhone: (number: string) => sql.hasPhone.get(number) !== undefined,
    listSenders: (phone: string) => (sql.listSenders.all(phone) as { sender: string }[]).map(({ sender }) => sender),
    /** Newest first. */
    listMessages: (phone: string, sender: string, before: number | undefined, limit: number) =>
      sql.listMessages.all(phone, sender, before ?? Number.MAX_SAFE_INTEGER, limit) as MessageRow[],
    /** Messages of one direction and time, `from` inclusive and `until` exclusive, oldest first, after `afterId`. */
    listByTime: ({ direction, from, until, phone, sender, state, afterId, limit }: TimeQuery) =>
      sql.listByTime.all(direction, from, until, phone, phone, sender, sender, state, state, afterId, limit) as MessageRow[],
    /** The acceptance log, oldest first. */
    listAccepted: () => sql.listAccepted.all() as MessageRow[],
    countAccepted: () => (sql.countAccepted.get() as { n: number }).n,
    /** Of everything that was handed over. */
    countSegments: () => (sql.countSegments.get() as { n: number }).n,
  }
}

function prepare(db: DatabaseSync) {
  const columns = 'id, uuid, direction, phone, sender, text, client_ref, segments, state, code, at'
  return {
    addMessage: db.prepare('insert into message (uuid, direction, phone, sender, text, client_ref, segments, state, code, at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    touchPhone: db.prepare(`insert into phone (number, last_seq, last_at, last_text, last_direction, messages) values (?, ?, ?, ?, ?, 1)
      on conflict (number) do update set last_seq = excluded.last_seq, last_at = excluded.last_at, last_text = excluded.last_text, last_direction = excluded.last_direction, messages = messages + 1`),
    setState: db.prepare('update message set state = ?, code = ? where uuid = ?'),
    moveState: db.prepare('update message set state = ? where uuid = ? and state = ?'),
    addWebhook: db.prepare('insert into webhook (kind, message_uuid, body, due_at, first_at) values (?, ?, ?, ?, ?)'),
    listDue: db.prepare('select id, kind, message_uuid, body, attempts, first_at from webhook where due_at <= ? order by due_at, id limit ?'),
    hasDue: db.prepare('select 1 from webhook where due_at <= ? limit 1'),
    nextDueAt: db.prepare('select min(due_at) as due_at from webhook'),
    leaseWebhook: db.prepare('update webhook set due_at = ?, attempts = attempts + 1 where id = ?'),
    retryWebhook: db.prepare('update webhook set due_at = ? where id = ?'),
    releaseLeases: db.prepare('update webhook set due_at = ? where attempts > 0 and due_at > ?'),
    endWebhook: db.prepare('delete from webhook where id = ?'),
    countWaiting: db.prepare('select count(*) as n from webhook where message_uuid = ? and attempts > 0'),
    hasWebhooks: db.prepare('select 1 from webhook limit 1'),
    countWebhooks: db.prepare('select count(*) as n from webhook'),
    endThrottle: db.prepare('delete from throttled where phone = ? and text = ?'),
    beginThrottle: db.prepare('insert into throttled values (?, ?)'),
    pruneThrottled: db.prepare('delete from throttled where phone not in (select number from phone) or (select count(*) from throttled) > 10000'),
    pruneMessages: db.prepare('delete from message where id <= (select max(id) from message) - ?'),
    prunePhones: db.prepare('delete from phone where not exists (select 1 from message where message.phone = phone.number)'),
    countPhones: db.prepare('select count(*) as n from phone where number like ?'),
    listPhones: db.prepare('select number, last_seq, last_at, last_text, last_direction, messages from phone where number like ? and last_seq < ? order by last_seq desc limit ?'),
    hasPhone: db.prepare('select 1 from phone where number = ?'),
    listSenders: db.prepare('select sender, max(id) as newest from message where phone = ? group by sender order by newest desc limit 20'),
    listMessages: db.prepare(`select ${columns} from message where phone = ? and sender = ? and id < ? order by id desc limit ?`),
    listByTime: db.prepare(`select ${columns} from message where direction = ? and at >= ? and at < ? and (? is null or phone = ?) and (? is null or sender = ?)
      and (? is null or case when state in ('accepted', 'silent') then 'submitted' else state end = ?) and id > ? order by id limit ?`),
    listAccepted: db.prepare(`select ${columns} from message where direction = 'to_phone' order by id`),
    countAccepted: db.prepare("select count(*) as n from message where direction = 'to_phone'"),
    countSegments: db.prepare("select coalesce(sum(segments), 0) as n from message where direction = 'to_phone'"),
  }
}
