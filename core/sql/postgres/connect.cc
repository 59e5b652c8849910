#include "core/sql/postgres/connect.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/sql/postgres/error.h"

namespace tideway::sql::postgres {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTick{50};
constexpr std::string_view kAnyBytes = "SQL_ASCII";

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// "postgresql+psycopg2://..." is what people paste from SQLAlchemy.
std::string WithoutDriver(std::string_view uri) {
  const size_t plus = uri.find('+');
  const size_t colon = uri.find(':');
  if (plus == uri.npos || plus > colon) return std::string(uri);
  return std::string(uri.substr(0, plus)) + std::string(uri.substr(colon));
}

// libpq would read a part of a password with `@` or `/` in it as host or port, and show it.
Status CheckUserInfo(std::string_view uri) {
  const size_t start = uri.find("://");
  if (start == uri.npos) {
    return Error(ErrorKind::kUsage, "sql: not a PostgreSQL URI: no `//` after the scheme")
        .Hint("write postgresql://user@host/database");
  }
  const std::string_view path = uri.substr(start + 3, uri.find('?') - start - 3);
  const size_t at = path.find('@');
  if (at == path.npos || (at == path.rfind('@') && at < path.find('/'))) return Status::OK();
  return Error(ErrorKind::kUsage, "sql: not a PostgreSQL URI: `@` or `/` in user name or password")
      .Hint("percent-encode it: @ is %40, / is %2F, : is %3A");
}

// For the case that the URI cannot be parsed and libpq's message quotes it.
void RegisterPasswordParameter(std::string_view uri) {
  const size_t start = uri.find("password=");
  if (start == uri.npos) return;
  const std::string_view value = uri.substr(start + 9);
  RegisterSecret(value.substr(0, value.find('&')));
}

std::string* Find(ConnectInfo& info, std::string_view key) {
  const auto found =
      std::find_if(info.begin(), info.end(), [&](const auto& pair) { return pair.first == key; });
  return found == info.end() ? nullptr : &found->second;
}

void AddDefault(ConnectInfo& info, const char* key, const char* value) {
  if (Find(info, key) == nullptr) info.emplace_back(key, value);
}

bool IsLocal(const std::string& host) {
  return host.empty() || host[0] == '/' || host == "localhost" || host == "127.0.0.1" ||
         host == "::1";
}

void AddDefaults(ConnectInfo& info) {
  AddDefault(info, "fallback_application_name", "tideway");
  AddDefault(info, "keepalives_idle", "30");
  AddDefault(info, "keepalives_interval", "10");
  AddDefault(info, "keepalives_count", "3");
  AddDefault(info, "tcp_user_timeout", "30000");
  if (std::string* encoding = Find(info, "client_encoding")) {
    *encoding = "UTF8";
  } else {
    info.emplace_back("client_encoding", "UTF8");
  }
  const std::string* host = Find(info, "host");
  const char* from_environment = std::getenv("PGHOST");
  const std::string name = host != nullptr ? *host : from_environment ? from_environment : "";
  if (!IsLocal(name) && std::getenv("PGSSLMODE") == nullptr) AddDefault(info, "sslmode", "require");
}

ConnectionPtr StartConnecting(const ConnectInfo& info) {
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [key, value] : info) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  return ConnectionPtr(PQconnectStartParams(keys.data(), values.data(), 0));
}

void LogNotice(void*, const PGresult* result) {
  std::string_view text = PQresultErrorMessage(result);
  text = text.substr(0, text.find_last_not_of('\n') + 1);
  LogDebug("sql: {}", Redact(text));
}

}  // namespace

Result<ConnectInfo> ParseUri(std::string_view uri) {
  RETURN_NOT_OK(CheckUserInfo(uri));
  RegisterPasswordParameter(uri);
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(WithoutDriver(uri).c_str(), &message));
  if (!options) {
    std::string text = message != nullptr ? message : "out of memory";
    PQfreemem(message);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return Error(ErrorKind::kUsage, Redact("sql: not a PostgreSQL URI: " + text));
  }
  ConnectInfo info;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    if (std::string_view(option->keyword) == "password") RegisterSecret(option->val);
    info.emplace_back(option->keyword, option->val);
  }
  AddDefaults(info);
  return info;
}

Result<ConnectionPtr> Connect(const ConnectInfo& info, double timeout_s,
                              const CancelToken& cancel) {
  ConnectionPtr connection = StartConnecting(info);
  if (!connection) return Error(ErrorKind::kMemory, "sql: no memory for a connection");
  // Messages then name the SQLSTATE, which nothing else tells for a connection that fails.
  PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
  if (const char* password = PQpass(connection.get())) RegisterSecret(password);
  const auto end = Clock::now() + std::chrono::duration<double>(timeout_s);
  auto state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (PQstatus(connection.get()) == CONNECTION_BAD || state == PGRES_POLLING_FAILED) {
      return ConnectError(connection.get());
    }
    RETURN_NOT_OK(cancel.Check());
    if (Clock::now() > end) return ConnectTimeout(connection.get(), timeout_s);
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    pollfd descriptor{.fd = PQsocket(connection.get()), .events = events, .revents = 0};
    if (poll(&descriptor, 1, static_cast<int>(kTick.count())) == 0) continue;
    state = PQconnectPoll(connection.get());
  }
  PQsetErrorVerbosity(connection.get(), PQERRORS_DEFAULT);
  PQsetNoticeReceiver(connection.get(), LogNotice, nullptr);
  // Such a server checks texts on their way to a UTF8 client, but names neither column nor row.
  if (TakesAnyBytes(connection.get()) &&
      PQsetClientEncoding(connection.get(), kAnyBytes.data()) != 0) {
    return ConnectError(connection.get());
  }
  return connection;
}

bool TakesAnyBytes(PGconn* connection) {
  const char* encoding = PQparameterStatus(connection, "server_encoding");
  return encoding != nullptr && encoding == kAnyBytes;
}

std::string NormalisedUri(PGconn* connection) {
  const std::string host = PQhost(connection);
  const char* user = PQuser(connection);
  const char* port = PQport(connection);
  const char* database = PQdb(connection);
  if (host.empty() || host[0] == '/') {
    return fmt::format("postgresql://{}@/{}?host={}&port={}", user, database, host, port);
  }
  return fmt::format("postgresql://{}@{}:{}/{}", user, host, port, database);
}

}  // namespace tideway::sql::postgres
