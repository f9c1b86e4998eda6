/** What is looked at before a sending, in the order of the page; a draft made with a test key has the first. */
export const CHECK_NAMES = [
  'test', 'recipients', 'kind', 'cost', 'sender', 'override', 'when', 'answers', 'codes', 'budget',
  'text', 'fields', 'link', 'stop', 'tested', 'twin', 'overlap', 'recent',
] as const
export type CheckName = (typeof CHECK_NAMES)[number]

/** Fine, to be confirmed by whoever sends, or in the way of sending. */
export const CHECK_STATES = ['ok', 'warning', 'error'] as const
export type CheckState = (typeof CHECK_STATES)[number]
