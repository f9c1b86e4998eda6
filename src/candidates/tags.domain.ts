export const TAG_LENGTH = 60

/** More on one record help nobody to find it. */
export const MOST_TAGS = 30
