import { appendFileSync } from 'node:fs'

// Loaded into a program of ours before its own code (`node --import`): once a second it writes down what the process holds.

const file = process.env['MEMORY_PROBE']
const gc = globalThis.gc as (() => void) | undefined
if (file) {
  const started = performance.now()
  setInterval(() => {
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
    gc?.()
    appendFileSync(file, `${JSON.stringify({ seconds: Math.round((performance.now() - started) / 1000), rss, heapUsed, live: process.memoryUsage().heapUsed, external, arrayBuffers })}\n`)
  }, 1000).unref()
}
