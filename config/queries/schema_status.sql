/*
purpose: Which migrations the database has, with their digests and when they were applied.
parameters: {}
row_cap: 1000
byte_cap: 262144
timeout_seconds: 10
*/
select version, name, sha256, applied_at
  from platform.schema_migrations
 order by version
