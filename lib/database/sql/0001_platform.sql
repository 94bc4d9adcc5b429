-- What every environment has, whatever runs in it.

create schema platform;
revoke all on schema platform from public;

-- One row for each migration that was applied. The digest finds a file that was edited afterwards.
create table platform.schema_migrations (
  version    integer primary key check (version > 0),
  name       text not null,
  sha256     text not null check (sha256 ~ '^[a-f0-9]{64}$'),
  applied_at timestamptz not null default now()
);

-- One row for each probe that reached the database: written by the probe task through its least grants.
create table platform.heartbeats (
  launch_key text primary key,
  run_id     text not null,
  beaten_at  timestamptz not null default now()
);
