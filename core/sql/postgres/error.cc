#include "core/sql/postgres/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <regex>
#include <string_view>

#include "core/base/secret.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql::postgres {
namespace {

struct StateKind {
  std::string_view prefix;  // of the SQLSTATE; the first that fits counts
  ErrorKind kind;
  bool retryable;
  std::string_view hint;
};

constexpr StateKind kStates[] = {
    {"28", ErrorKind::kAuth, false, "check user name and password"},
    {"42501", ErrorKind::kAuth, false, "ask the database's owner to GRANT it"},
    {"3D000", ErrorKind::kNotFound, false, "is the database's name right in the URI?"},
    {"42P01", ErrorKind::kNotFound, false,
     "is this the right database, and the schema on the search_path?"},
    {"42703", ErrorKind::kNotFound, false, "names are folded to lower case unless double-quoted"},
    {"3F000", ErrorKind::kNotFound, false, "is the schema's name right?"},
    {"42883", ErrorKind::kNotFound, false, "an argument may need a cast"},
    {"25006", ErrorKind::kUsage, false, "queries only read; writing goes to execute"},
    {"57014", ErrorKind::kTimeout, false, "raise statement_timeout_s, or make the query cheaper"},
    {"40001", ErrorKind::kConflict, true, ""},
    {"40P01", ErrorKind::kConflict, true, ""},
    {"55P03", ErrorKind::kConflict, true, "another session holds the lock"},
    {"53300", ErrorKind::kDatabase, true, "the server has no free connection slot"},
    {"57P", ErrorKind::kDatabase, true, ""},
    {"08", ErrorKind::kDatabase, true, ""},
    {"22", ErrorKind::kData, false, ""},
    {"23", ErrorKind::kData, false, ""},
    {"42", ErrorKind::kUsage, false, ""},
    {"26", ErrorKind::kUsage, false, ""},
};

const StateKind* FindState(std::string_view sqlstate) {
  for (const StateKind& state : kStates) {
    if (sqlstate.substr(0, state.prefix.size()) == state.prefix) return &state;
  }
  return nullptr;
}

// "line 2, column 8" of a character offset, from 1, into UTF-8 text.
std::string Position(std::string_view sql, int position) {
  int line = 1;
  int column = 0;
  int seen = 0;
  for (char c : sql) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;
    ++column;
    if (++seen == position) break;
    if (c == '\n') {
      ++line;
      column = 0;
    }
  }
  return fmt::format("line {}, column {}", line, column);
}

std::string Field(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? "" : text;
}

std::string JoinLines(std::string_view text) {
  std::string joined;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty() || line.substr(0, 9) == "LOCATION:") continue;
    if (!joined.empty()) joined += "; ";
    joined += line;
  }
  return joined;
}

// "COPY t, line 3, column day" to "row 3, column `day`"; empty for other contexts.
std::string PlaceInCopy(const std::string& context) {
  static const std::regex kPlace(R"((?:^|\n)COPY .*, line ([0-9]+)(, column ([^:\n]+))?)");
  std::smatch match;
  if (!std::regex_search(context, match, kPlace)) return "";
  const std::string row = "row " + match[1].str();
  return match[3].matched ? fmt::format("{}, column `{}`", row, match[3].str()) : row;
}

// What libpq says of TLS before the server has said anything; waiting mends none of it.
struct TlsFailure {
  std::string_view says;
  std::string_view hint;
};
constexpr TlsFailure kTlsFailures[] = {
    {"does not support SSL", "sslmode=prefer goes without encryption where the server has none"},
    {"does not match host name", "name the host in the URI as its certificate does"},
    {"root certificate file",
     "name in sslrootcert the file of who signed the server's certificate"},
    {"certificate verify failed", "sslrootcert must name who signed the server's certificate"},
};

}  // namespace

std::string FirstLine(const std::string& message) {
  std::string line = message.substr(0, message.find('\n'));
  const size_t severity = line.find(":  ");
  return severity == line.npos ? line : line.substr(severity + 3);
}

Status MakeError(const ServerError& error, const std::string& sql) {
  std::string text = "sql: " + error.message;
  if (!error.detail.empty()) text += " (" + error.detail + ")";
  if (!error.place.empty()) text += ": " + error.place;
  if (error.position > 0) text += ": " + Position(sql, error.position);
  if (!error.sqlstate.empty()) text += fmt::format(" [SQLSTATE {}]", error.sqlstate);
  const StateKind* state = FindState(error.sqlstate);
  Error made(state == nullptr ? ErrorKind::kDatabase : state->kind, Redact(text));
  if (!error.hint.empty()) {
    made.Hint(Redact(error.hint));
  } else if (state != nullptr && !state->hint.empty()) {
    made.Hint(std::string(state->hint));
  }
  // No SQLSTATE: the connection broke.
  return made.Retryable(error.sqlstate.empty() || (state != nullptr && state->retryable));
}

Status ResultError(const PGresult* result, PGconn* connection, const std::string& sql) {
  if (result == nullptr || Field(result, PG_DIAG_MESSAGE_PRIMARY).empty()) {
    return MakeError({.message = JoinLines(PQerrorMessage(connection))}, sql);
  }
  const std::string position = Field(result, PG_DIAG_STATEMENT_POSITION);
  return MakeError({.sqlstate = Field(result, PG_DIAG_SQLSTATE),
                    .message = Field(result, PG_DIAG_MESSAGE_PRIMARY),
                    .detail = Field(result, PG_DIAG_MESSAGE_DETAIL),
                    .hint = Field(result, PG_DIAG_MESSAGE_HINT),
                    .place = PlaceInCopy(Field(result, PG_DIAG_CONTEXT)),
                    .position = position.empty() ? 0 : std::stoi(position)},
                   sql);
}

Status ConnectError(PGconn* connection) {
  std::string text = JoinLines(PQerrorMessage(connection));
  std::smatch match;
  std::string sqlstate;
  // "... failed: FATAL:  28P01: password authentication failed for user "x""
  static const std::regex kState("[A-Z]+:  ([0-9A-Z]{5}): ");
  if (std::regex_search(text, match, kState)) {
    sqlstate = match[1];
    text = std::string(match.prefix()) + std::string(match.suffix());
  }
  for (const TlsFailure& failure : kTlsFailures) {
    if (!sqlstate.empty() || text.find(failure.says) == text.npos) continue;
    return Error(ErrorKind::kAuth, Redact("sql: " + text)).Hint(std::string(failure.hint));
  }
  if (sqlstate.empty() && PQconnectionNeedsPassword(connection)) sqlstate = "28P01";
  return MakeError({.sqlstate = sqlstate, .message = text}, "");
}

Status ConnectTimeout(PGconn* connection, double timeout_s) {
  return Error(ErrorKind::kDatabase,
               Redact(fmt::format("sql: no answer within {} s: {}", timeout_s, PQhost(connection))))
      .Hint("raise connect_timeout_s, or is a firewall in between?")
      .Retryable();
}

}  // namespace tideway::sql::postgres
