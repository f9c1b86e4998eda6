/** A message's life, drawn in src/README.md. The trigger `message_state` of the database holds the same table. */
export const MESSAGE_STATES = ['queued', 'leased', 'submitting', 'in_doubt', 'accepted', 'delivered', 'undelivered', 'rejected', 'skipped', 'cancelled'] as const
export type MessageState = (typeof MESSAGE_STATES)[number]

/** Every legal move; anything else is refused by the database. */
export const MESSAGE_MOVES = {
  queued: ['leased', 'skipped', 'cancelled'],
  leased: ['queued', 'submitting', 'skipped', 'cancelled'],
  // Back to queued only with proof that nothing was sent.
  submitting: ['queued', 'in_doubt', 'accepted', 'delivered', 'undelivered', 'rejected'],
  // Back to queued only by a late proof of the same attempt, or by a person who confirmed that it may arrive twice.
  in_doubt: ['queued', 'accepted', 'delivered', 'undelivered', 'rejected'],
  accepted: ['delivered', 'undelivered'],
  undelivered: ['delivered'],
  delivered: [],
  rejected: [],
  skipped: [],
  cancelled: [],
} as const satisfies Record<MessageState, readonly MessageState[]>

/** No machine does anything more about these; a late receipt may still turn undelivered into delivered. */
export const FINAL_STATES = ['delivered', 'undelivered', 'rejected', 'skipped', 'cancelled'] as const satisfies readonly MessageState[]

/** Still on its way to the provider: while a batch has one of these, it is not done. */
export const UNSENT_STATES = ['queued', 'leased', 'submitting'] as const satisfies readonly MessageState[]

/** A receipt applies only where it raises the rank, so order and repetition cannot matter. States without a rank take no receipts. */
export const RECEIPT_RANK = { submitting: 0, in_doubt: 1, accepted: 2, undelivered: 3, delivered: 4 } as const satisfies Partial<Record<MessageState, number>>

export const MESSAGE_PURPOSES = ['campaign', 'test', 'auto_response', 'single'] as const
export type MessagePurpose = (typeof MESSAGE_PURPOSES)[number]
