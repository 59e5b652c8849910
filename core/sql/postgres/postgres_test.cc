#include "core/sql/postgres/postgres.h"

#include <thread>

#include "core/sql/backend_test.h"
#include "core/sql/postgres/connect.h"

namespace tideway::sql::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Postgres : public testing::Test, public SqlTest {
 protected:
  Postgres() : SqlTest(MakePostgresBackend()) {}

  // Opens `uri` with waits that are written down and not waited.
  Result<DatabasePtr> OpenUri(const std::string& uri) {
    OpenOptions options;
    options.wait = [this](std::chrono::nanoseconds wait, const CancelToken&) {
      waits_.push_back(std::chrono::duration<double>(wait).count());
      return Status::OK();
    };
    return sql::Open(uri, options, run().cancel());
  }
  std::string WithUser(const std::string& user) {
    std::string uri = backend().uri();
    return uri.replace(uri.find("postgres@"), 8, user);
  }

  std::vector<double> waits_;
};

TEST_F(Postgres, WrongPasswordIsAnAuthErrorAndNotTriedAgain) {
  backend().Write(
      "DO $$ BEGIN CREATE ROLE secured LOGIN PASSWORD 'right-password';"
      "EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  EXPECT_TRUE(OpenUri(WithUser("secured:right-password")).ok());
  const Status wrong = OpenUri(WithUser("secured:wrong-password")).status();
  EXPECT_EQ(KindOf(wrong), ErrorKind::kAuth) << wrong.ToString();
  EXPECT_THAT(wrong.message(), HasSubstr("password authentication failed"));
  EXPECT_THAT(wrong.message(), HasSubstr("28P01"));
  EXPECT_THAT(wrong.ToString(), Not(HasSubstr("wrong-password")));
  const Status none = OpenUri(WithUser("secured")).status();
  EXPECT_EQ(KindOf(none), ErrorKind::kAuth) << none.ToString();
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(Postgres, PasswordWithSpecialCharactersWorksPercentEncoded) {
  backend().Write("DROP ROLE IF EXISTS secured; CREATE ROLE secured LOGIN PASSWORD 'p@ss/w:rd%'");
  EXPECT_TRUE(OpenUri(WithUser("secured:p%40ss%2Fw%3Ard%25")).ok());
  backend().Write("DROP ROLE secured");
}

TEST_F(Postgres, ServerThatIsDownIsTriedThreeTimes) {
  const Status status = OpenUri("postgresql://me:hunter2hunter2@127.0.0.1:1/d").status();
  EXPECT_EQ(KindOf(status), ErrorKind::kDatabase);
  EXPECT_THAT(waits_, ElementsAre(2, 4));
  EXPECT_THAT(status.message(), HasSubstr("database connection failed after 3 tries"));
  EXPECT_THAT(status.message(), HasSubstr("refused"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("hunter2")));
}

TEST_F(Postgres, UnknownHostIsTriedThreeTimes) {
  const Status status = OpenUri("postgresql://me@no-such-host.invalid/d").status();
  EXPECT_THAT(status.message(), HasSubstr("database connection failed after 3 tries"));
  EXPECT_THAT(status.message(), HasSubstr("no-such-host.invalid"));
}

TEST_F(Postgres, MissingDatabaseIsNotFound) {
  std::string uri = backend().uri();
  const Status status = OpenUri(uri.substr(0, uri.rfind('/')) + "/nowhere").status();
  EXPECT_EQ(KindOf(status), ErrorKind::kNotFound) << status.ToString();
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(Postgres, DriverInTheSchemeIsIgnored) {
  std::string uri = backend().uri();
  EXPECT_TRUE(OpenUri(uri.replace(0, uri.find(':'), "postgresql+psycopg2")).ok());
  EXPECT_TRUE(OpenUri(uri.replace(0, uri.find(':'), "postgres")).ok());
}

TEST_F(Postgres, UriIsNormalisedWithoutThePassword) {
  auto database = OpenUri(WithUser("postgres:hunter2hunter2") + "?application_name=x");
  EXPECT_EQ((*database)->uri(), backend().uri());
}

TEST_F(Postgres, MalformedUriShowsNoPassword) {
  for (const char* uri : {
           "postgresql://u:sesame@open@h/d",
           "postgresql://u:sesame/open@h/d",
           "postgresql://u:sesame@h/d?nonsense=1",
           "postgresql://u@h/d?password=sesame&nonsense=1",
           "postgresql://u:sesame%zz@h/d",
           "postgresql://u:sesame@h:port/d",
           "postgresql:u:sesame@h",
       }) {
    const Status status = OpenUri(uri).status();
    EXPECT_FALSE(status.ok()) << uri;
    EXPECT_THAT(ErrorText(status), Not(HasSubstr("sesame"))) << uri;
    EXPECT_THAT(ErrorText(status), Not(HasSubstr("open@"))) << uri;
  }
  EXPECT_THAT(ErrorText(OpenUri("postgresql://u:a@b@h/d").status()), HasSubstr("%40"));
}

TEST_F(Postgres, TextThatIsNotUtf8NamesColumnAndRow) {
  const std::string uri = backend().uri();
  const std::string name = uri.substr(uri.rfind('/') + 1) + "_ascii";
  backend().Write("CREATE DATABASE " + name +
                  " ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
  const auto database = OpenUri(uri + "_ascii");
  const auto rows = [&](const std::string& sql) {
    auto read = Rows(Query(*database, {.sql = sql}));
    return read.ok() ? read->back() : ErrorText(read.status());
  };
  const std::string text = "convert_from('\\x636166e9'::bytea, 'SQL_ASCII')";
  EXPECT_THAT(rows("SELECT 'good' AS word UNION ALL SELECT " + text),
              HasSubstr("column `word` holds text that is not UTF-8 (row 2)"));
  EXPECT_THAT(rows("SELECT 1 AS id, ARRAY['a', " + text + "] AS words"),
              HasSubstr("column `words` holds text that is not UTF-8 (row 1)"));
  EXPECT_THAT(rows("SELECT CASE WHEN i = 70001 THEN " + text +
                   " ELSE 'a' END AS word FROM generate_series(1, 70002) AS i"),
              HasSubstr("(row 70001)"));
  EXPECT_EQ(rows("SELECT 'caf\xc3\xa9' AS word"), "caf\xc3\xa9");
  // The hint's remedy works.
  EXPECT_EQ(rows("SELECT convert_from(convert(convert_to(word, 'SQL_ASCII'), 'LATIN1', 'UTF8'), "
                 "'UTF8') AS word FROM (SELECT " +
                 text + " AS word) AS t"),
            "caf\xc3\xa9");
  EXPECT_TRUE((*database)->Close().ok());
  backend().Write("DROP DATABASE " + name + " WITH (FORCE)");
}

TEST_F(Postgres, HalfACharacterNamesColumnAndRow) {
  const Status status = Failure("SELECT 'a'::\"char\" AS c UNION ALL SELECT '\xc3\xa9'::\"char\"");
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_THAT(status.message(), HasSubstr("column `c` is string, but row 2 holds a byte"));
}

TEST_F(Postgres, TextOfAnEncodingIsConverted) {
  const std::string uri = backend().uri();
  const std::string name = uri.substr(uri.rfind('/') + 1) + "_latin";
  backend().Write("CREATE DATABASE " + name +
                  " ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
  const auto database = OpenUri(uri + "_latin");
  const auto rows = Rows(Query(*database, {.sql = "SELECT chr(233) AS word"}));
  EXPECT_THAT(rows.ValueOr({}), ElementsAre("\xc3\xa9"));
  EXPECT_TRUE((*database)->Close().ok());
  backend().Write("DROP DATABASE " + name + " WITH (FORCE)");
}

TEST_F(Postgres, QueryDuringAWriteDoesNotHideTheWrite) {
  auto writable = Connect({.read_only = false});
  backend().Write("CREATE TABLE t (i INT)");
  const auto holder = Connect({.read_only = false});
  ASSERT_TRUE(holder->Begin(run().cancel()).ok());
  ASSERT_TRUE(holder->Execute("SELECT pg_advisory_xact_lock(7)", {}, run().cancel()).ok());
  std::thread write([&] {
    EXPECT_TRUE(writable
                    ->Execute("INSERT INTO t SELECT 1 FROM (SELECT pg_advisory_xact_lock(7)) AS l",
                              {}, run().cancel())
                    .ok());
  });
  const auto waiting = [&] {
    const auto locks = Connect();
    return Rows(Query(locks, {.sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
                                     "AND NOT granted"}))
               .ValueOr({}) == std::vector<std::string>{"1"};
  };
  while (!waiting()) {
  }
  const auto count = Query(writable, {.sql = "SELECT count(*) FROM t"});
  EXPECT_THAT(Rows(count).ValueOr({}), ElementsAre("0"));
  ASSERT_TRUE(holder->End(true, run().cancel()).ok());
  write.join();
  EXPECT_THAT(Rows(count).ValueOr({}), ElementsAre("1"));
}

TEST_F(Postgres, HostThatIsNotLocalGetsEncryption) {
  const auto mode = [](const char* uri) {
    for (const auto& [key, value] : *ParseUri(uri)) {
      if (key == "sslmode") return value;
    }
    return std::string();
  };
  EXPECT_EQ(mode("postgresql://db.example/d"), "require");
  EXPECT_EQ(mode("postgresql://db.example/d?sslmode=verify-full"), "verify-full");
  EXPECT_EQ(mode("postgresql://localhost/d"), "");
  EXPECT_EQ(mode("postgresql://127.0.0.1/d"), "");
  EXPECT_EQ(mode("postgresql:///d?host=/run/postgresql"), "");
}

TEST_F(Postgres, StatementTimeoutSaysSo) {
  auto database = Connect({.statement_timeout_s = 0.05});
  const Status status = Rows(Query(database, {.sql = "SELECT pg_sleep(5)::text AS x"})).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kTimeout) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr("57014"));
}

TEST_F(Postgres, CancelStopsAStatement) {
  auto writable = Connect({.read_only = false});
  run().cancel().Cancel();
  EXPECT_EQ(KindOf(writable->Execute("SELECT pg_sleep(60)", {}, run().cancel()).status()),
            ErrorKind::kInterrupted);
}

TEST_F(Postgres, ConnectionLostWhileIdleIsReplaced) {
  ASSERT_TRUE(Rows("SELECT 1 AS one").ok());
  auto fresh = Connect();
  backend().Write(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE datname = current_database() AND pid <> pg_backend_pid()");
  EXPECT_THAT(*Rows(Query(fresh, {.sql = "SELECT 1 AS one"})), ElementsAre("1"));
}

TEST_F(Postgres, LostSnapshotIsAnErrorAndNotAnother) {
  ASSERT_TRUE(Rows("SELECT 1 AS one").ok());
  backend().Write(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE datname = current_database() AND pid <> pg_backend_pid()");
  EXPECT_THAT(Failure("SELECT 1 AS one").message(), HasSubstr("the snapshot is gone"));
}

TEST_F(Postgres, ConnectionLostWhileReadingIsAnError) {
  auto stream = Query(database(), {.sql = kEndless})->Open(run());
  backend().Write(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE datname = current_database() AND pid <> pg_backend_pid()");
  Status status;
  while (status.ok()) status = (*stream)->Next().status();
  EXPECT_EQ(KindOf(status), ErrorKind::kDatabase) << status.ToString();
  EXPECT_TRUE(IsRetryable(status));
}

TEST_F(Postgres, TooManyStreamsAreToldSo) {
  auto database = Connect({.pool_size = 2, .connect_timeout_s = 0.1});
  auto plan = Query(database, {.sql = kEndless});
  auto first = plan->Open(run());
  const Status status = plan->Open(run()).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kTimeout);
  EXPECT_THAT(ErrorText(status), HasSubstr("pool_size"));
}

TEST_F(Postgres, SessionsAreUsedAgain) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Rows("SELECT 1 AS one").ok());
  EXPECT_THAT(*Rows("SELECT count(*) AS n FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'tideway'"),
              ElementsAre("2"));
}

TEST_F(Postgres, PrivilegeThatIsMissingIsAnAuthError) {
  backend().Write("CREATE TABLE t (id INT); CREATE ROLE stranger LOGIN");
  auto database = OpenUri(WithUser("stranger"));
  const Status status = Rows(Query(*database, {.sql = "SELECT id FROM t"})).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kAuth) << status.ToString();
  database->reset();
  backend().Write("DROP ROLE stranger");
}

TEST_F(Postgres, TextParameterWithANulByteIsRefused) {
  backend().Write("CREATE TABLE t (s TEXT, b BYTEA)");
  auto writable = Connect({.read_only = false});
  const std::string cut("a\0b", 3);
  const Status written =
      writable->Execute("INSERT INTO t VALUES ($1, $2)", {std::string("x"), cut}, run().cancel())
          .status();
  EXPECT_EQ(KindOf(written), ErrorKind::kUsage);
  EXPECT_THAT(ErrorText(written), HasSubstr("cannot hold a NUL byte: parameter $2"));
  EXPECT_THAT(ErrorText(written), HasSubstr("decode($2, 'hex')"));
  EXPECT_THAT(*Rows("SELECT s FROM t"), IsEmpty());
  EXPECT_EQ(KindOf(Failure("SELECT $1::text AS s", {cut})), ErrorKind::kUsage);
}

TEST_F(Postgres, InterruptEndsAReadThatWaits) {
  auto reader = database()->Read({.sql = "SELECT pg_sleep(600)::text AS x"}, run());
  ASSERT_TRUE(reader.ok()) << reader.status().ToString();
  (*reader)->Interrupt();
  EXPECT_EQ(KindOf((*reader)->Read().status()), ErrorKind::kInterrupted);
}

TEST_F(Postgres, ErrorInsideTheRowsKeepsItsState) {
  const Status status = Failure("SELECT 1 / (i - 3) AS x FROM generate_series(1, 5) i");
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_THAT(status.message(), HasSubstr("division by zero [SQLSTATE 22012]"));
}

}  // namespace
}  // namespace tideway::sql::postgres
