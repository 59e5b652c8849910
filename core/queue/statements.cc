#include <string_view>
#include <utility>

#include "core/queue/statements_internal.h"

namespace tideway::queue {

const char* const kRecordColumns =
    "id, queue, name, payload, key, state, priority, attempts, fence, owner, result, error, "
    "created_at, run_at, started_at, finished_at, lease_until";

namespace {

// What differs between the two.
struct Dialect {
  std::string_view now, serial, skip_locked;
};
constexpr Dialect kSqlite = {"CAST($1 AS BIGINT)", "INTEGER PRIMARY KEY", ""};
constexpr Dialect kPostgres = {
    "(CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT) + CAST($1 AS BIGINT))",
    "BIGSERIAL PRIMARY KEY", "FOR UPDATE SKIP LOCKED"};

std::string Replace(std::string text, std::string_view what, std::string_view by) {
  for (size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string Write(const Dialect& dialect, std::string text) {
  text = Replace(std::move(text), "{now}", dialect.now);
  text = Replace(std::move(text), "{serial}", dialect.serial);
  text = Replace(std::move(text), "{skip locked}", dialect.skip_locked);
  return Replace(std::move(text), "{unfinished}", "state IN ('ready', 'delayed', 'running')");
}

// Claims look at one index each, none of which has a finished job in it.
const std::vector<std::string> kCreate = {
    "CREATE TABLE IF NOT EXISTS tideway_queue_version (version BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS tideway_jobs ("
    " seq {serial}, id TEXT NOT NULL UNIQUE, queue TEXT NOT NULL, name TEXT NOT NULL,"
    " payload TEXT NOT NULL, key TEXT, state TEXT NOT NULL, priority BIGINT NOT NULL,"
    " run_at BIGINT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0, fence BIGINT NOT NULL DEFAULT 0,"
    " owner TEXT, lease_until BIGINT, result TEXT, error TEXT,"
    " created_at BIGINT NOT NULL, started_at BIGINT, finished_at BIGINT)",
    "CREATE INDEX IF NOT EXISTS tideway_jobs_ready ON tideway_jobs"
    " (queue, priority DESC, run_at, seq) WHERE state = 'ready'",
    "CREATE INDEX IF NOT EXISTS tideway_jobs_delayed ON tideway_jobs (queue, run_at)"
    " WHERE state = 'delayed'",
    "CREATE INDEX IF NOT EXISTS tideway_jobs_running ON tideway_jobs (queue, lease_until)"
    " WHERE state = 'running'",
    "CREATE UNIQUE INDEX IF NOT EXISTS tideway_jobs_key ON tideway_jobs (queue, key)"
    " WHERE key IS NOT NULL AND {unfinished}",
};

// $2 id, $3 queue, $4 name, $5 payload, $6 key, $7 priority, $8 delay.
constexpr const char* kPush =
    "INSERT INTO tideway_jobs (id, queue, name, payload, key, priority, state, run_at, created_at)"
    " SELECT CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT),"
    " CAST($6 AS TEXT), CAST($7 AS BIGINT),"
    " CASE WHEN CAST($8 AS BIGINT) > 0 THEN 'delayed' ELSE 'ready' END,"
    " {now} + CAST($8 AS BIGINT), {now}";

// How many jobs of queue {q} are in a state, counted up to {limit}.
std::string CountUpTo(const std::string& queue, const std::string& limit) {
  std::string sum;
  for (const char* state : {"ready", "delayed", "running"}) {
    if (!sum.empty()) sum += " + ";
    sum += "(SELECT count(*) FROM (SELECT 1 FROM tideway_jobs WHERE queue = " + queue +
           " AND state = '" + state + "' LIMIT " + limit + ") AS few)";
  }
  return sum;
}

// $2 owner, $3 lease, $4 queue, $5 count.
constexpr const char* kClaim =
    "WITH next AS (SELECT seq AS next_seq FROM tideway_jobs"
    " WHERE queue = $4 AND state = 'ready' ORDER BY priority DESC, run_at, seq"
    " LIMIT CAST($5 AS BIGINT) {skip locked})"
    " UPDATE tideway_jobs SET state = 'running', fence = fence + 1, attempts = attempts + 1,"
    " owner = $2, started_at = {now}, lease_until = {now} + CAST($3 AS BIGINT)"
    " FROM next WHERE seq = next_seq"
    " RETURNING id, name, payload, key, attempts, fence, priority, run_at, seq";

// Changes the jobs of $2 that `which` tells, without waiting for those that others change.
std::string Change(const std::string& which, const std::string& how) {
  return "WITH due AS (SELECT seq AS due_seq FROM tideway_jobs WHERE queue = $2 AND " + which +
         " {skip locked}) UPDATE tideway_jobs SET " + how +
         " FROM due WHERE seq = due_seq RETURNING id";
}

constexpr const char* kExpired = "state = 'running' AND lease_until < {now}";
constexpr const char* kNobodys = "owner = NULL, lease_until = NULL";
constexpr const char* kLeaseLost =
    "'the lease ended without a sign of life of ' || coalesce(owner, 'its worker')";

// What the holder of a claim says: `id` and `fence` are the first two parameters from `first` on.
std::string Held(const std::string& how, int first) {
  return "UPDATE tideway_jobs SET " + how + " WHERE id = $" + std::to_string(first) +
         " AND fence = $" + std::to_string(first + 1) + " AND state = 'running' RETURNING id";
}

Statements Texts() {
  const std::string nobodys = kNobodys;
  const std::string expired = kExpired;
  Statements texts;
  texts.create = kCreate;
  texts.version = "SELECT max(version) FROM tideway_queue_version";
  texts.set_version = "INSERT INTO tideway_queue_version (version) VALUES ($1)";
  texts.push = std::string(kPush) + " WHERE true ON CONFLICT DO NOTHING RETURNING id";
  texts.push_bounded = std::string(kPush) + " WHERE " +
                       CountUpTo("CAST($3 AS TEXT)", "CAST($9 AS BIGINT)") +
                       " < CAST($9 AS BIGINT) ON CONFLICT DO NOTHING";
  texts.claim = kClaim;
  texts.wake = Change("state = 'delayed' AND run_at <= {now}", "state = 'ready'");
  texts.revive = Change(expired + " AND attempts < CAST($3 AS BIGINT)",
                        "state = 'ready', error = " + std::string(kLeaseLost) + ", " + nobodys);
  texts.bury = Change(
      expired + " AND attempts >= CAST($3 AS BIGINT)",
      "state = 'dead', finished_at = {now}, error = " + std::string(kLeaseLost) + ", " + nobodys);
  texts.heartbeat = Held("lease_until = {now} + CAST($2 AS BIGINT)", 3);
  texts.complete =
      Held("state = 'done', result = $2, error = NULL, finished_at = {now}, " + nobodys, 3);
  texts.dead = Held("state = 'dead', error = $2, finished_at = {now}, " + nobodys, 3);
  texts.retry =
      Held("state = 'delayed', error = $2, run_at = {now} + CAST($5 AS BIGINT), " + nobodys, 3);
  texts.release = Held("state = 'ready', attempts = attempts - 1, " + nobodys, 1);
  texts.cancel = "UPDATE tideway_jobs SET state = 'cancelled', finished_at = {now}, " + nobodys +
                 " WHERE id = $2 AND {unfinished} RETURNING id";
  texts.rerun =
      "UPDATE tideway_jobs SET state = 'ready', attempts = 0, run_at = {now}, finished_at = NULL"
      " WHERE id = $2 AND state = 'dead' AND NOT EXISTS (SELECT 1 FROM tideway_jobs AS other"
      " WHERE other.queue = tideway_jobs.queue AND other.key = tideway_jobs.key"
      " AND other.state IN ('ready', 'delayed', 'running')) RETURNING id";
  texts.age = " AND finished_at <= {now} - CAST($2 AS BIGINT)";
  texts.unfinished = "SELECT " + CountUpTo("$1", "CAST($2 AS BIGINT)");
  texts.find = std::string("SELECT ") + kRecordColumns + " FROM tideway_jobs WHERE id = $1";
  texts.find_key = "SELECT id FROM tideway_jobs WHERE queue = $1 AND key = $2 AND {unfinished}";
  texts.touch_key =
      "UPDATE tideway_jobs SET key = key WHERE queue = $1 AND key = $2 AND {unfinished}";
  texts.outcome = "SELECT state FROM tideway_jobs WHERE id = $1 AND fence = $2";
  texts.counts = "SELECT queue, state, count(*) FROM tideway_jobs GROUP BY queue, state";
  return texts;
}

Statements Written(const Dialect& dialect) {
  Statements texts = Texts();
  for (std::string& text : texts.create) text = Write(dialect, text);
  for (std::string* text :
       {&texts.push, &texts.push_bounded, &texts.claim, &texts.wake, &texts.revive, &texts.bury,
        &texts.heartbeat, &texts.complete, &texts.retry, &texts.dead, &texts.release, &texts.cancel,
        &texts.rerun, &texts.age, &texts.unfinished, &texts.find_key, &texts.touch_key}) {
    *text = Write(dialect, *text);
  }
  return texts;
}

}  // namespace

const Statements& StatementsFor(bool shared) {
  static const Statements sqlite = [] {
    Statements texts = Written(kSqlite);
    texts.has_tables = "SELECT 1 FROM sqlite_schema WHERE name = 'tideway_queue_version'";
    return texts;
  }();
  static const Statements postgres = [] {
    Statements texts = Written(kPostgres);
    texts.has_tables = "SELECT 1 WHERE to_regclass('tideway_queue_version') IS NOT NULL";
    texts.lock_creation = "SELECT 1 FROM pg_advisory_xact_lock(7450119421)";
    return texts;
  }();
  return shared ? postgres : sqlite;
}

}  // namespace tideway::queue
