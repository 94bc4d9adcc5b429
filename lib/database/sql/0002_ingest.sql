-- What the ingestion gate decides, and how far each lane of a burst has come.

create schema ingest;
revoke all on schema ingest from public;

-- What may be sent under a run id, and by which execution. Opened once, before the first event.
create table ingest.run_scopes (
  run_id               text primary key,
  execution_id         text not null,
  source_sha256        text not null check (source_sha256 ~ '^[a-f0-9]{64}$'),
  manifest_fingerprint text not null check (manifest_fingerprint ~ '^[a-f0-9]{64}$'),
  parameter_hash       text not null check (parameter_hash ~ '^[a-f0-9]{64}$'),
  scenario_id          text not null,
  -- Times of events lie in [window_start, window_end).
  window_start         timestamptz not null,
  window_end           timestamptz not null check (window_end > window_start),
  opened_at            timestamptz not null default now(),
  closed_at            timestamptz
);

-- One row an admitted event.
create table ingest.admissions (
  run_id         text not null,
  event_class    text not null,
  event_id       text not null,
  payload_sha256 bytea not null,
  ts_utc         timestamptz not null,
  decided_at     timestamptz not null default now(),
  primary key (run_id, event_class, event_id)
);
-- Rows arrive in time order, so a window is a few block ranges and the index costs nothing to keep.
create index admissions_by_time on ingest.admissions using brin (decided_at) with (pages_per_range = 16);

-- One row for every other decision: also for the tenth duplicate of one event.
create table ingest.rejections (
  rejection_id   bigint generated always as identity primary key,
  -- As the event says; null where it says nothing that can be kept.
  run_id         text,
  event_class    text,
  event_id       text,
  decision       text not null check (decision in ('DUPLICATE', 'QUARANTINE')),
  reason         text not null,
  payload_sha256 bytea,
  decided_at     timestamptz not null default now()
);
create index rejections_by_time on ingest.rejections using brin (decided_at) with (pages_per_range = 16);
create index rejections_by_event on ingest.rejections (run_id, event_id);

create view ingest.receipts as
  select run_id, event_class, event_id, 'ADMIT' as decision, null::text as reason, payload_sha256, decided_at
    from ingest.admissions
  union all
  select run_id, event_class, event_id, decision, reason, payload_sha256, decided_at
    from ingest.rejections;

-- How far one lane has come: the first `frontier` events of its stream are acknowledged, without a gap.
create table ingest.checkpoints (
  run_id        text not null references ingest.run_scopes,
  lane          integer not null check (lane >= 0),
  lanes         integer not null check (lanes > lane),
  source_sha256 text not null,
  frontier      bigint not null default 0 check (frontier >= 0),
  -- Only the newest producer of a lane may write: each start takes the next epoch.
  epoch         bigint not null check (epoch > 0),
  launch_key    text not null,
  -- When the lane's first producer began: its window is counted from here, however often it is relaunched.
  started_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  primary key (run_id, lane)
);
