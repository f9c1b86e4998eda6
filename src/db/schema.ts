// Generated from the migrated database by `npm run types`. Change the migrations, not this file.

import type { ColumnType } from "kysely";

export type Generated<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;

export type Json = JsonValue;

export type JsonArray = JsonValue[];

export type JsonObject = {
  [x: string]: JsonValue | undefined;
};

export type JsonPrimitive = boolean | number | string | null;

export type JsonValue = JsonArray | JsonObject | JsonPrimitive;

export type Timestamp = ColumnType<Date, Date | string, Date | string>;

export interface Answer {
  answered_at: Generated<Timestamp>;
  answered_by: number | null;
  available_from: string | null;
  available_until: string | null;
  choice: string;
  comment: Generated<string>;
  company_id: number;
  first_answered_at: Generated<Timestamp>;
  recipient_id: number;
  source: string;
  version: Generated<number>;
}

export interface AnswerVersion {
  answered_at: Generated<Timestamp>;
  answered_by: number | null;
  available_from: string | null;
  available_until: string | null;
  choice: string;
  comment: Generated<string>;
  company_id: number;
  form_id: string;
  id: Generated<number>;
  recipient_id: number;
  source: string;
  version: number;
}

export interface ApiKey {
  company_id: number;
  created_at: Generated<Timestamp>;
  created_by: number;
  expires_at: Timestamp | null;
  form_id: string;
  hint: string;
  id: Generated<number>;
  kind: string;
  last_used_at: Timestamp | null;
  name: string;
  revoked_at: Timestamp | null;
  revoked_by: number | null;
  scopes: string[];
  token_hash: Buffer;
  user_id: number;
}

export interface ApiRequest {
  body: string | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  fingerprint: Buffer;
  headers: Json | null;
  idempotency_key: string;
  key_id: number;
  status: number | null;
}

export interface AppUser {
  company_id: number;
  created_at: Generated<Timestamp>;
  disabled_at: Timestamp | null;
  email: string;
  id: Generated<number>;
  joined_at: Timestamp | null;
  language: Generated<string>;
  last_sign_in_at: Timestamp | null;
  mobile: string | null;
  name: string;
  password_changed_at: Timestamp | null;
  password_hash: string | null;
  version: Generated<number>;
}

export interface AvailabilityChange {
  answer_source: string | null;
  at: Generated<Timestamp>;
  availability: string;
  available_from: string | null;
  available_until: string | null;
  campaign_id: number | null;
  candidate_id: number;
  company_id: number;
  form_id: string | null;
  id: Generated<number>;
  source: string;
  user_id: number | null;
}

export interface Batch {
  campaign_id: number;
  company_id: number;
  due_at: Timestamp;
  finished_at: Timestamp | null;
  id: Generated<number>;
  kind: Generated<string>;
  local_date: string;
  no: number;
  reminded_at: Timestamp | null;
  request_key: string | null;
  started_at: Timestamp | null;
  state: Generated<string>;
}

export interface Branch {
  archived_at: Timestamp | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  id: Generated<number>;
  name: string;
  phone: string | null;
  town: string | null;
}

export interface Branding {
  company_id: number;
  display_name: string;
  version: number;
}

export interface BrandingDraft {
  company_id: number;
  content: Json;
  footer_image_id: string | null;
  header_image_id: string | null;
  published_version: number | null;
  restored_from: number | null;
  revision: number;
  saved_at: Generated<Timestamp>;
  saved_by: number | null;
}

export interface BrandingVersion {
  company_id: number;
  content: Json;
  footer_image_id: string | null;
  header_image_id: string | null;
  published_at: Generated<Timestamp>;
  published_by: number | null;
  restored_from: number | null;
  version: number;
}

export interface CalendarFeed {
  branch_id: number | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  id: Generated<number>;
  kind: string;
  last_read_at: Timestamp | null;
  revoked_at: Timestamp | null;
  revoked_by: number | null;
  token_hash: Buffer;
  user_id: number;
}

export interface Campaign {
  allow_weekends: Generated<boolean>;
  audience: Json;
  audience_counts: Json | null;
  auto_response_template_id: number | null;
  bodies_removed_at: Timestamp | null;
  campaign_code_id: number | null;
  career_page_id: number | null;
  career_site_id: number | null;
  close_at_yes: number | null;
  close_on: string | null;
  close_time: string | null;
  closed_at: Timestamp | null;
  closes_at: Timestamp | null;
  closing_told: Timestamp | null;
  comments_removed_at: Timestamp | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  created_by: number;
  ends_at: Timestamp | null;
  finished_at: Timestamp | null;
  id: Generated<number>;
  internal_comment: string | null;
  is_single: Generated<boolean>;
  is_test: Generated<boolean>;
  job_id: number | null;
  kind: string;
  launch_key: string | null;
  launched_at: Timestamp | null;
  launched_by: number | null;
  limit_to: number | null;
  name: string;
  override_reason: string | null;
  question: string | null;
  released_at: Timestamp | null;
  remind_after_hours: number | null;
  sender_id: number;
  start_on: string | null;
  start_time: string | null;
  starts: Generated<string>;
  starts_at: Timestamp | null;
  status: Generated<string>;
  status_detail: Generated<Json>;
  status_reason: string | null;
  talent_network_id: number | null;
  template_id: number | null;
  template_version: number | null;
  tested_at: Timestamp | null;
  time_zone: string;
  undo_until: Timestamp | null;
  updated_at: Generated<Timestamp>;
  version: Generated<number>;
  wave_minutes: number | null;
  wave_size: number | null;
}

export interface CampaignCode {
  archived_at: Timestamp | null;
  code: string;
  company_id: number;
  created_at: Generated<Timestamp>;
  footer_alt: Generated<string>;
  footer_image_id: string | null;
  header_alt: Generated<string>;
  header_image_id: string | null;
  id: Generated<number>;
  name: string;
  published_at: Timestamp | null;
  updated_at: Generated<Timestamp>;
  version: Generated<number>;
}

export interface CampaignCodeText {
  body: string;
  campaign_code_id: number;
  company_id: number;
  heading: string;
  language: string;
}

export interface CampaignEvent {
  at: Generated<Timestamp>;
  campaign_id: number;
  company_id: number;
  detail: Generated<Json>;
  id: Generated<number>;
  kind: string;
  user_id: number | null;
}

export interface CampaignExclusion {
  campaign_id: number;
  candidate_id: number;
  company_id: number;
  reason: string;
}

export interface CampaignFollower {
  campaign_id: number;
  company_id: number;
  user_id: number;
}

export interface CampaignListener {
  campaign_id: number | null;
  company_id: number | null;
  user_id: number | null;
}

export interface CampaignOverride {
  at: Generated<Timestamp>;
  campaign_id: number;
  candidate_id: number | null;
  company_id: number;
  e164: string;
  kind: string;
  reason: string;
  recipient_id: number;
  refusal: string;
  user_id: number;
}

export interface CampaignPrevious {
  campaign_id: number;
  company_id: number;
  saved_at: Timestamp;
  state: Json;
}

export interface CampaignReminderText {
  body: string;
  campaign_id: number;
  company_id: number;
  language: string;
}

export interface CampaignSpend {
  campaign_id: number;
  company_id: number;
  segments: number;
}

export interface CampaignTestLink {
  campaign_id: number;
  code: string;
  company_id: number;
  user_id: number;
}

export interface CampaignText {
  body: string;
  campaign_id: number;
  company_id: number;
  language: string;
}

export interface Candidate {
  availability: Generated<string>;
  availability_campaign_id: number | null;
  availability_updated_at: Timestamp | null;
  available_from: string | null;
  available_until: string | null;
  branch_id: number | null;
  company_id: number;
  consent_at: Timestamp | null;
  consent_given: Generated<boolean>;
  consent_source: string | null;
  created_at: Generated<Timestamp>;
  email: string | null;
  external_id: string | null;
  first_name: Generated<string>;
  gone_at: Timestamp | null;
  id: Generated<number>;
  kind: Generated<string>;
  language: string | null;
  last_name: Generated<string>;
  latitude: number | null;
  longitude: number | null;
  organisation: string | null;
  postal_code: string | null;
  registered_on: string | null;
  search_words: Generated<string>;
  skills: Generated<string[]>;
  sort_name: Generated<string>;
  source_changed_at: Timestamp | null;
  tags: Generated<string[]>;
  town: string | null;
  trade: string | null;
  updated_at: Generated<Timestamp>;
}

export interface CandidateEdit {
  at: Generated<Timestamp>;
  candidate_id: number;
  company_id: number;
  fields: Generated<string[]>;
  id: Generated<number>;
  kind: string;
  user_id: number;
}

export interface CandidateImport {
  company_id: number;
  confirmed_at: Timestamp | null;
  content: Buffer | null;
  create_count: Generated<number>;
  created_at: Generated<Timestamp>;
  delimiter: string;
  emptied_at: Timestamp | null;
  encoding: string;
  error_count: Generated<number>;
  failure: string | null;
  file_name: string;
  finished_at: Timestamp | null;
  header: Json;
  id: Generated<number>;
  mapping: Generated<Json>;
  processed_count: Generated<number>;
  row_count: Generated<number>;
  status: string;
  unchanged_count: Generated<number>;
  update_count: Generated<number>;
  user_id: number;
}

export interface CandidateImportRow {
  action: string;
  applied: Generated<boolean>;
  candidate_id: number | null;
  company_id: number;
  import_id: number;
  line: number;
  problems: Generated<Json>;
  record: Json;
}

export interface CandidatePhone {
  candidate_id: number;
  company_id: number;
  country: string | null;
  e164: string | null;
  id: Generated<number>;
  is_textable: Generated<boolean>;
  kind: string;
  position: Generated<number>;
  problem: string | null;
  raw: string;
}

export interface CandidateTextability {
  candidate_id: number | null;
  company_id: number | null;
  country: string | null;
  e164: string | null;
  is_overridable: boolean | null;
  reason: string | null;
  refusal: string | null;
}

export interface CareerPage {
  archived_at: Timestamp | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  id: Generated<number>;
  name: string;
  site_id: number;
  updated_at: Generated<Timestamp>;
  url: string;
}

export interface CareerSite {
  archived_at: Timestamp | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  id: Generated<number>;
  name: string;
  updated_at: Generated<Timestamp>;
  url: string;
}

export interface Company {
  can_send_sms: Generated<boolean>;
  country: Generated<string>;
  created_at: Generated<Timestamp>;
  disabled_at: Timestamp | null;
  id: Generated<number>;
  language: Generated<string>;
  name: string;
  opening_hours: string | null;
  phone: string | null;
  sent_before_disabling: Generated<boolean>;
  time_zone: Generated<string>;
  town: string | null;
}

export interface CompanySetting {
  company_id: number;
  name: string;
  updated_at: Generated<Timestamp>;
  value: Json;
}

export interface CompanySettingChange {
  after: Json;
  at: Generated<Timestamp>;
  before: Json;
  company_id: number;
  id: Generated<number>;
  is_default: Generated<boolean>;
  name: string;
  user_id: number | null;
}

export interface CompanySso {
  client_id: string;
  client_secret: string;
  company_id: number;
  domains: Generated<string[]>;
  group_claim: Generated<string>;
  is_enforced: Generated<boolean>;
  issuer: string;
  label: string;
  roles: Generated<Json>;
  updated_at: Generated<Timestamp>;
  version: Generated<number>;
}

export interface ConsentEvent {
  at: Generated<Timestamp>;
  candidate_id: number;
  company_id: number;
  id: Generated<number>;
  import_id: number | null;
  is_given: boolean;
  said_on: string;
  source: string;
  user_id: number | null;
}

export interface DaySpend {
  company_id: number;
  local_date: string;
  segments: number;
}

export interface ErasedKey {
  company_id: number;
  erased_at: Generated<Timestamp>;
  key_hash: Buffer;
}

export interface ErasedNumber {
  company_id: number;
  erased_at: Generated<Timestamp>;
  number_hash: Buffer;
  opt_out_source: string | null;
  opted_out_at: Timestamp | null;
}

export interface FollowUpNote {
  body: string;
  campaign_id: number | null;
  candidate_id: number;
  company_id: number;
  created_at: Generated<Timestamp>;
  id: Generated<number>;
  kind: string;
  recipient_id: number | null;
  user_id: number | null;
}

export interface Image {
  company_id: number;
  created_at: Generated<Timestamp>;
  height: number;
  id: string;
  is_reduced: Generated<boolean>;
  width: number;
}

export interface ImageVariant {
  bytes: Buffer;
  company_id: number;
  format: string;
  height: number;
  image_id: string;
  width: number;
}

export interface Installation {
  backed_up_at: Timestamp | null;
  database_identity: string | null;
  id: Generated<number>;
}

export interface Job {
  archived_at: Timestamp | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  folded_reference: Generated<string>;
  folded_title: Generated<string>;
  id: Generated<number>;
  is_confidential: Generated<boolean>;
  list_id: number | null;
  reference: string;
  site_id: number;
  title: string;
  town: string | null;
  updated_at: Generated<Timestamp>;
  url: string;
}

export interface Journal {
  action: string;
  at: Generated<Timestamp>;
  company_id: number | null;
  detail: Generated<Json>;
  id: Generated<number>;
  subject_id: string | null;
  subject_kind: string | null;
  user_id: number | null;
}

export interface LaunchRequest {
  answered_at: Timestamp | null;
  campaign_id: number;
  company_id: number;
  launch_key: string;
  recipients: number;
  refusal: string | null;
  requested_at: Generated<Timestamp>;
  requested_by: number;
  version: number;
  written: Generated<number>;
}

export interface LinkTarget {
  campaign_code_id: number | null;
  campaign_id: number;
  code: string;
  company_id: number;
  field: string;
  url: string | null;
}

export interface Mail {
  answer: string | null;
  attempts: Generated<number>;
  claim_key: string | null;
  company_id: number | null;
  created_at: Generated<Timestamp>;
  id: Generated<number>;
  kind: string;
  language: string;
  leased_until: Timestamp | null;
  message_key: Generated<string>;
  next_attempt_at: Timestamp | null;
  reason: string | null;
  sealed_letter: string;
  sender_name: string;
  settled_at: Timestamp | null;
  status: string;
  subject: string;
  to_address: string;
  to_name: string;
}

export interface Message {
  batch_id: number | null;
  body: string;
  campaign_id: number | null;
  candidate_id: number | null;
  company_id: number;
  country: string | null;
  created_at: Generated<Timestamp>;
  e164: string;
  encoding: string;
  failure_code: string | null;
  failure_reason: string | null;
  id: Generated<number>;
  lease_token: string | null;
  lease_until: Timestamp | null;
  next_attempt_at: Generated<Timestamp>;
  provider_id: string | null;
  purpose: string;
  recipient_id: number | null;
  requested_by: number | null;
  segments: number;
  sender: string;
  settled_at: Timestamp | null;
  state: Generated<string>;
  step: Generated<number>;
  submitted_at: Timestamp | null;
  wait_reason: string | null;
}

export interface MessageLease {
  lease_until: Timestamp;
  message_id: number;
  token: string;
}

export interface MessageTemplate {
  archived_at: Timestamp | null;
  career_site_id: number | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  folded_name: Generated<string>;
  folder: string | null;
  id: Generated<number>;
  kind: string;
  last_used_at: Timestamp | null;
  name: string;
  published_at: Timestamp | null;
  published_version: number | null;
  revision: Generated<number>;
  updated_at: Generated<Timestamp>;
  version: Generated<number>;
}

export interface MessageTemplateText {
  body: string;
  company_id: number;
  created_at: Generated<Timestamp>;
  created_by: number | null;
  language: string;
  template_id: number;
  version: number;
}

export interface Notification {
  at: Generated<Timestamp>;
  campaign_id: number | null;
  candidate_id: number | null;
  company_id: number;
  dedupe_key: string;
  id: Generated<number>;
  kind: string;
  mail_at: Generated<Timestamp | null>;
  mailed_at: Timestamp | null;
  params: Generated<Json>;
  read_at: Timestamp | null;
  user_id: number;
  waits_for: string | null;
}

export interface NotificationMark {
  name: string;
  value: number;
}

export interface NotificationSetting {
  channels: Generated<Json>;
  company_id: number;
  digest_hours: Generated<number[]>;
  is_quiet: Generated<boolean>;
  user_id: number;
  version: Generated<number>;
  work_days: Generated<number[]>;
  work_from: Generated<number>;
  work_until: Generated<number>;
}

export interface OptOutEvent {
  at: Generated<Timestamp>;
  campaign_id: number | null;
  company_id: number;
  e164: string;
  id: Generated<number>;
  kind: string;
  reason: string | null;
  source: string;
  user_id: number | null;
}

export interface PasswordRequest {
  address: string;
  created_at: Generated<Timestamp>;
  email: string;
  id: Generated<number>;
}

export interface Phone {
  bounce_code: string | null;
  bounced_at: Timestamp | null;
  company_id: number;
  e164: string;
  held_at: Timestamp | null;
  last_submit_at: Timestamp | null;
  opt_out_source: string | null;
  opted_out_at: Timestamp | null;
  opted_out_by: number | null;
}

export interface Place {
  country: string;
  key: string;
  latitude: number;
  longitude: number;
  name: string;
  postal_code: string;
}

export interface PlaceFill {
  at: Generated<Timestamp>;
  company_id: number;
  version: string;
}

export interface PlaceSource {
  country: string;
  loaded_at: Generated<Timestamp>;
  version: string;
}

export interface PrivacyErasure {
  at: Generated<Timestamp>;
  candidate_id: number;
  company_id: number;
  id: Generated<number>;
  record_created_at: Timestamp;
  user_id: number | null;
}

export interface ProviderAccount {
  balance: number | null;
  balance_at: Timestamp | null;
  doubt_streak: Generated<number>;
  failed_probes: Generated<number>;
  id: Generated<number>;
  open_until: Timestamp | null;
  pace: Generated<number>;
  paced_at: Timestamp | null;
  recent: Generated<string>;
  refilled_at: Generated<Timestamp>;
  suspended_at: Timestamp | null;
  suspended_reason: string | null;
  tokens: Generated<number>;
  worked_at: Timestamp | null;
}

export interface ProviderEvent {
  applied_at: Timestamp | null;
  body: Json;
  dedupe_key: string;
  id: Generated<number>;
  kind: string;
  received_at: Generated<Timestamp>;
  result: string | null;
  tries: Generated<number>;
}

export interface RateLimit {
  hits: number;
  key: string;
  window_started_at: Timestamp;
}

export interface Recipient {
  batch_id: number;
  campaign_id: number;
  candidate_id: number | null;
  code: string;
  company_id: number;
  e164: string;
  id: Generated<number>;
  language: string;
  rank: number;
}

export interface RecipientProfile {
  candidate_id: number;
  company_id: number;
  recipient_id: number;
}

export interface RecoveryCode {
  code_hash: Buffer;
  company_id: number;
  used_at: Timestamp | null;
  user_id: number;
}

export interface ReferenceFile {
  company_id: number;
  content: string;
  created_at: Generated<Timestamp>;
  file_name: string;
  kind: string;
  token: string;
  user_id: number;
}

export interface ReminderRequest {
  answered_at: Timestamp | null;
  campaign_id: number;
  company_id: number;
  people: number;
  refusal: string | null;
  request_key: string;
  requested_at: Generated<Timestamp>;
  requested_by: number;
  texts: Json;
  written: Generated<number>;
}

export interface Reply {
  assigned_by: number | null;
  body: string;
  campaign_id: number | null;
  candidate_id: number | null;
  company_id: number;
  e164: string;
  handled_as: Generated<string>;
  id: Generated<number>;
  is_automatic: Generated<boolean>;
  is_complete: Generated<boolean>;
  keyword: Generated<string>;
  message_id: number | null;
  provider_id: string;
  read_at: Timestamp | null;
  read_by: number | null;
  reading: Json | null;
  reading_at: Timestamp | null;
  reading_by: number | null;
  reading_state: Generated<string>;
  received_at: Generated<Timestamp>;
  recipient_id: number | null;
  review: string | null;
  reviewed_at: Timestamp | null;
  reviewed_by: number | null;
  said_at: Generated<Timestamp>;
  sender: string;
}

export interface RetentionRun {
  company_id: number;
  finished_at: Generated<Timestamp>;
  id: Generated<number>;
  is_complete: boolean;
  kind: string;
  oldest: Timestamp | null;
  removed: number;
  started_at: Timestamp;
}

export interface SavedSearch {
  company_id: number;
  created_at: Generated<Timestamp>;
  created_by: number;
  filters: Json;
  id: Generated<number>;
  is_shared: Generated<boolean>;
  name: string;
  updated_at: Generated<Timestamp>;
}

export interface SearchWord {
  company_id: number;
  word: string;
}

export interface SecondFactor {
  company_id: number;
  created_at: Generated<Timestamp>;
  last_step: number;
  secret: string;
  user_id: number;
}

export interface SendAttempt {
  checked_at: Timestamp | null;
  checks: Generated<number>;
  company_id: number;
  ended_at: Timestamp | null;
  error_code: string | null;
  error_detail: string | null;
  finding: string | null;
  id: string;
  message_id: number;
  n: number;
  outcome: string;
  provider_id: string | null;
  started_at: Generated<Timestamp>;
  waived_by: number | null;
}

export interface SenderBucket {
  address: string;
  refilled_at: Generated<Timestamp>;
  tokens: Generated<number>;
}

export interface SenderPool {
  archived_at: Timestamp | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  id: Generated<number>;
  is_default: Generated<boolean>;
  name: string;
}

export interface Session {
  expire: Timestamp;
  sess: Json;
  sid: string;
}

export interface ShortLink {
  code: string;
  company_id: number;
  created_at: Generated<Timestamp>;
  expires_at: Timestamp | null;
  fetch_count: Generated<number>;
  first_fetched_at: Timestamp | null;
  last_fetched_at: Timestamp | null;
  revoked_at: Timestamp | null;
  robot_fetch_count: Generated<number>;
}

export interface SmsSender {
  address: string;
  archived_at: Timestamp | null;
  can_receive: boolean;
  company_id: number;
  countries: Generated<string[]>;
  created_at: Generated<Timestamp>;
  id: Generated<number>;
  label: string;
  per_second: number | null;
  pool_id: number;
  stop_text: Generated<string>;
}

export interface Tag {
  company_id: number;
  folded: string;
  name: string;
}

export interface TalentList {
  archived_at: Timestamp | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  created_by: number | null;
  description: Generated<string>;
  id: Generated<number>;
  kind: string;
  name: string;
  updated_at: Generated<Timestamp>;
}

export interface TalentListMember {
  added_at: Generated<Timestamp>;
  added_by: number | null;
  candidate_id: number;
  company_id: number;
  list_id: number;
}

export interface TalentNetwork {
  archived_at: Timestamp | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  id: Generated<number>;
  join_url: string;
  list_id: number;
  name: string;
  updated_at: Generated<Timestamp>;
}

export interface TemplateTestLink {
  code: string;
  company_id: number;
  kind: string;
  user_id: number;
}

export interface UserDevice {
  agent: string;
  company_id: number;
  first_seen_at: Generated<Timestamp>;
  id: Generated<number>;
  last_seen_at: Generated<Timestamp>;
  token_hash: Buffer;
  user_id: number;
}

export interface UserIdentity {
  company_id: number;
  created_at: Generated<Timestamp>;
  issuer: string;
  last_used_at: Generated<Timestamp>;
  subject: string;
  user_id: number;
}

export interface UserPrivilege {
  company_id: number;
  privilege: string;
  user_id: number;
}

export interface UserSession {
  address: string;
  agent: string;
  company_id: number;
  ended_at: Timestamp | null;
  how: string;
  id: Generated<number>;
  is_to_be_told: Generated<boolean>;
  last_seen_at: Generated<Timestamp>;
  started_at: Generated<Timestamp>;
  user_id: number;
}

export interface UserToken {
  company_id: number;
  created_at: Generated<Timestamp>;
  created_by: number | null;
  expires_at: Timestamp;
  id: Generated<number>;
  kind: string;
  token_hash: Buffer;
  used_at: Timestamp | null;
  user_id: number;
  withdrawn_at: Timestamp | null;
}

export interface WebhookAttempt {
  answer: Generated<string>;
  at: Timestamp;
  delivery_id: number;
  duration_ms: number;
  no: number;
  reason: string | null;
  status: number | null;
}

export interface WebhookDelivery {
  answer_status: number | null;
  attempts: Generated<number>;
  body: string;
  campaign_id: number | null;
  candidate_id: number | null;
  claim_key: string | null;
  company_id: number;
  created_at: Generated<Timestamp>;
  e164: string | null;
  endpoint_id: number;
  event_id: string;
  gives_up_at: Generated<Timestamp>;
  id: Generated<number>;
  leased_until: Timestamp | null;
  next_attempt_at: Generated<Timestamp>;
  reason: string | null;
  settled_at: Timestamp | null;
  state: Generated<string>;
  tries: Generated<number>;
  type: string;
}

export interface WebhookEndpoint {
  changed_at: Generated<Timestamp>;
  company_id: number;
  created_at: Generated<Timestamp>;
  created_by: number | null;
  delivered_at: Timestamp | null;
  failing_since: Timestamp | null;
  failures: Generated<number>;
  held_until: Timestamp | null;
  id: Generated<number>;
  note: Generated<string>;
  off_reason: string | null;
  old_secrets: Generated<Json>;
  secret: string;
  state: Generated<string>;
  types: string[];
  url: string;
  version: Generated<number>;
}

export interface DB {
  answer: Answer;
  answer_version: AnswerVersion;
  api_key: ApiKey;
  api_request: ApiRequest;
  app_user: AppUser;
  availability_change: AvailabilityChange;
  batch: Batch;
  branch: Branch;
  branding: Branding;
  branding_draft: BrandingDraft;
  branding_version: BrandingVersion;
  calendar_feed: CalendarFeed;
  campaign: Campaign;
  campaign_code: CampaignCode;
  campaign_code_text: CampaignCodeText;
  campaign_event: CampaignEvent;
  campaign_exclusion: CampaignExclusion;
  campaign_follower: CampaignFollower;
  campaign_listener: CampaignListener;
  campaign_override: CampaignOverride;
  campaign_previous: CampaignPrevious;
  campaign_reminder_text: CampaignReminderText;
  campaign_spend: CampaignSpend;
  campaign_test_link: CampaignTestLink;
  campaign_text: CampaignText;
  candidate: Candidate;
  candidate_edit: CandidateEdit;
  candidate_import: CandidateImport;
  candidate_import_row: CandidateImportRow;
  candidate_phone: CandidatePhone;
  candidate_textability: CandidateTextability;
  career_page: CareerPage;
  career_site: CareerSite;
  company: Company;
  company_setting: CompanySetting;
  company_setting_change: CompanySettingChange;
  company_sso: CompanySso;
  consent_event: ConsentEvent;
  day_spend: DaySpend;
  erased_key: ErasedKey;
  erased_number: ErasedNumber;
  follow_up_note: FollowUpNote;
  image: Image;
  image_variant: ImageVariant;
  installation: Installation;
  job: Job;
  journal: Journal;
  launch_request: LaunchRequest;
  link_target: LinkTarget;
  mail: Mail;
  message: Message;
  message_lease: MessageLease;
  message_template: MessageTemplate;
  message_template_text: MessageTemplateText;
  notification: Notification;
  notification_mark: NotificationMark;
  notification_setting: NotificationSetting;
  opt_out_event: OptOutEvent;
  password_request: PasswordRequest;
  phone: Phone;
  place: Place;
  place_fill: PlaceFill;
  place_source: PlaceSource;
  privacy_erasure: PrivacyErasure;
  provider_account: ProviderAccount;
  provider_event: ProviderEvent;
  rate_limit: RateLimit;
  recipient: Recipient;
  recipient_profile: RecipientProfile;
  recovery_code: RecoveryCode;
  reference_file: ReferenceFile;
  reminder_request: ReminderRequest;
  reply: Reply;
  retention_run: RetentionRun;
  saved_search: SavedSearch;
  search_word: SearchWord;
  second_factor: SecondFactor;
  send_attempt: SendAttempt;
  sender_bucket: SenderBucket;
  sender_pool: SenderPool;
  session: Session;
  short_link: ShortLink;
  sms_sender: SmsSender;
  tag: Tag;
  talent_list: TalentList;
  talent_list_member: TalentListMember;
  talent_network: TalentNetwork;
  template_test_link: TemplateTestLink;
  user_device: UserDevice;
  user_identity: UserIdentity;
  user_privilege: UserPrivilege;
  user_session: UserSession;
  user_token: UserToken;
  webhook_attempt: WebhookAttempt;
  webhook_delivery: WebhookDelivery;
  webhook_endpoint: WebhookEndpoint;
}
