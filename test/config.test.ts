import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../src/config.ts'

const folder = () => mkdtempSync(path.join(os.tmpdir(), 'dispo-config-'))
const vonage = {
  VONAGE_APPLICATION_ID: '8a6c2e2e-8d5f-4a3e-9f59-2f0a6f0f4b11', VONAGE_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\\nabc\\n-----END PRIVATE KEY-----',
  VONAGE_API_KEY: 'abcd1234', VONAGE_SIGNATURE_SECRET: 'a signature secret',
}
const production = { NODE_ENV: 'production', DATABASE_URL: 'postgres://db/dispo', SECRET_KEY: 'x'.repeat(40), APP_URL: 'https://dispo.example/', ...vonage }

function mistakes(env: Record<string, string>): readonly string[] {
  try {
    loadConfig({ DATA_DIR: folder(), ...env })
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

describe('settings', () => {
  it('need nothing on a laptop: embedded database, simulator, demonstration agency, a secret that is kept', () => {
    const DATA_DIR = folder()
    const first = loadConfig({ DATA_DIR })
    expect(first).toMatchObject({ appUrl: 'http://127.0.0.1:3000', linkUrl: 'http://127.0.0.1:3000/r', databaseUrl: undefined, vonage: undefined, demo: true, production: false })
    expect(loadConfig({ DATA_DIR }).secretKey).toBe(first.secretKey)
    const file = path.join(DATA_DIR, 'secret')
    expect(readFileSync(file, 'utf8').trim()).toBe(first.secretKey)
    expect(statSync(file).mode & 0o077).toBe(0)
  })

  it('take an empty variable for one that is not set', () => {
    expect(mistakes({ DATABASE_URL: '', PORT: '', VONAGE_API_KEY: '' })).toEqual([])
  })

  it('are frozen', () => {
    expect(() => { (loadConfig({ DATA_DIR: folder() }) as { port: number }).port = 1 }).toThrow(TypeError)
  })

  it.each<[string, Record<string, string>]>([
    ['PORT must be a whole number.', { PORT: 'http' }],
    ['PORT must lie between 1 and 65535.', { PORT: '70000' }],
    ['APP_URL must be an address that begins with http:// or https://.', { APP_URL: 'dispo.example' }],
    ['DATABASE_URL must begin with postgres://.', { DATABASE_URL: 'mysql://x' }],
    ['SEND_RATE must lie between 1 and 1000.', { SEND_RATE: '0' }],
    ['DEMO must be on or off.', { DEMO: 'maybe' }],
    ['SECRET_KEY must have at least 32 characters.', { SECRET_KEY: 'short' }],
    ['SECRET_KEY must be set together with DATABASE_URL, the same for every process.', { DATABASE_URL: 'postgres://db/x' }],
    ['VONAGE_API_KEY, VONAGE_SIGNATURE_SECRET must be set too: Vonage needs all four of VONAGE_APPLICATION_ID, VONAGE_PRIVATE_KEY, VONAGE_API_KEY, VONAGE_SIGNATURE_SECRET.',
      { VONAGE_APPLICATION_ID: vonage.VONAGE_APPLICATION_ID, VONAGE_PRIVATE_KEY: vonage.VONAGE_PRIVATE_KEY }],
    ['MAIL_FROM must be set together with SMTP_URL: the address that mails come from.', { SMTP_URL: 'smtps://mail.example' }],
    ['SMTP_URL must be an address like smtps://user:password@mail.example:465 or smtp://mail.example:587, with nothing after the port.', { SMTP_URL: 'smtp://mail.example/?tls.rejectUnauthorized=false', MAIL_FROM: 'a@b.example' }],
    ['MAIL_FROM must be an address like dispo@agency.example or Dispo <dispo@agency.example>.', { SMTP_URL: 'smtps://mail.example', MAIL_FROM: 'Dispo' }],
    ['VONAGE_PRIVATE_KEY is neither a key that begins with -----BEGIN nor a readable file (ENOENT).', { ...vonage, VONAGE_PRIVATE_KEY: '/no/such/file' }],
  ])('say in a sentence: %s', (sentence, env) => {
    expect(mistakes(env)).toEqual([sentence])
  })

  it('name every mistake at once', () => {
    expect(mistakes({ PORT: 'x', APP_URL: 'y' })).toHaveLength(2)
  })

  it('read the private key from a file', () => {
    const file = path.join(folder(), 'key.pem')
    writeFileSync(file, 'PEM')
    expect(loadConfig({ DATA_DIR: folder(), ...vonage, VONAGE_PRIVATE_KEY: file }).vonage?.privateKey).toBe('PEM')
  })

  it('ask a mail server elsewhere for encryption, and know where it is and who it is for', () => {
    const mail = (SMTP_URL: string, MAIL_FROM = 'Agence Béarn <dispo@agence.example>') => loadConfig({ DATA_DIR: folder(), SMTP_URL, MAIL_FROM }).mail
    expect(mail('smtps://zo%C3%A9%40b:p%3Aw@mail.example')).toEqual({ host: 'mail.example', port: 465, isSecure: true, mayBePlain: false, user: 'zoé@b', password: 'p:w', from: { address: 'dispo@agence.example', name: 'Agence Béarn' } })
    expect(mail('smtp://mail.example', 'a@b.example')).toMatchObject({ port: 587, isSecure: false, mayBePlain: false, user: undefined, from: { address: 'a@b.example', name: '' } })
    expect(mail('smtp://[::1]:25')).toMatchObject({ host: '::1', port: 25, mayBePlain: true })
    expect(mail('smtp://localhost.evil.example')).toMatchObject({ mayBePlain: false })
    expect(loadConfig({ DATA_DIR: folder() }).mail).toBeUndefined()
  })

  it('never start the simulator or the embedded database in production', () => {
    expect(mistakes({ NODE_ENV: 'production' })).toEqual([
      'VONAGE_APPLICATION_ID and the other Vonage settings must be set in production: the simulator never runs there.',
      'DATABASE_URL must be set in production: the embedded database does not survive a power cut.',
      'APP_URL must be set in production.',
    ])
    expect(loadConfig({ DATA_DIR: folder(), ...production })).toMatchObject({ production: true, demo: false, appUrl: 'https://dispo.example', vonage: { apiKey: 'abcd1234' } })
    expect(mistakes({ ...production, DEBUG: 'vonage:*' })).toEqual(['DEBUG must not name vonage in production: it prints the private key.'])
  })
})
