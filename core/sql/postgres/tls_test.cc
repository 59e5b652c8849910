// What each sslmode does with a server that takes TLS, and with one that does not.
#include <fmt/format.h>

#include "core/sql/backend_test.h"

namespace tideway::sql::postgres {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class PostgresTls : public testing::Test, public SqlTest {
 protected:
  PostgresTls() : SqlTest(MakePostgresBackend()) {}

  static void SetUpTestSuite() { server_ = std::make_unique<TlsServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  // "encrypted", "plain", or the error with its kind in front; "tried again" where it waited.
  std::string Try(const std::string& uri) {
    bool waited = false;
    OpenOptions options;
    options.wait = [&waited](auto, const CancelToken&) {
      waited = true;
      return Status::OK();
    };
    const auto database = Open(uri, options, run().cancel());
    if (waited) return "tried again";
    if (!database.ok()) {
      return fmt::format("{}: {}", ErrorKindName(KindOf(database.status())),
                         ErrorText(database.status()));
    }
    const auto rows =
        Rows(Query(*database, {.sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"}));
    return rows.ok() && rows->at(0) == "true" ? "encrypted" : "plain";
  }
  std::string TryTls(const std::string& host, const std::string& parameters) {
    return Try(server_->uri(host, parameters));
  }
  std::string Root() const { return "sslrootcert=" + server_->root(); }

 private:
  static inline std::unique_ptr<TlsServer> server_;
};

TEST_F(PostgresTls, DisableGoesWithout) {
  EXPECT_EQ(TryTls("localhost", "sslmode=disable"), "plain");
}

TEST_F(PostgresTls, PreferTakesWhatThereIs) {
  EXPECT_EQ(TryTls("localhost", "sslmode=prefer"), "encrypted");
  EXPECT_EQ(Try(backend().uri() + "?sslmode=prefer"), "plain");
}

TEST_F(PostgresTls, RequireEncryptsAndTrustsAnyone) {
  EXPECT_EQ(TryTls("127.0.0.1", "sslmode=require"), "encrypted");
}

TEST_F(PostgresTls, RequireNeverGoesWithout) {
  const std::string refused = Try(backend().uri() + "?sslmode=require");
  EXPECT_THAT(refused, StartsWith("auth: "));
  EXPECT_THAT(refused, HasSubstr("does not support SSL, but SSL was required"));
}

TEST_F(PostgresTls, VerifyFullTakesTheNamedHost) {
  EXPECT_EQ(TryTls("localhost", "sslmode=verify-full&" + Root()), "encrypted");
}

TEST_F(PostgresTls, VerifyCaTakesAnyHostOfTheAuthority) {
  EXPECT_EQ(TryTls("127.0.0.1", "sslmode=verify-ca&" + Root()), "encrypted");
}

TEST_F(PostgresTls, VerifyFullRefusesAnotherHost) {
  const std::string refused = TryTls("127.0.0.1", "sslmode=verify-full&" + Root());
  EXPECT_THAT(refused, StartsWith("auth: "));
  EXPECT_THAT(refused, HasSubstr("does not match host name \"127.0.0.1\""));
  EXPECT_THAT(refused, HasSubstr("name the host in the URI as its certificate does"));
}

TEST_F(PostgresTls, VerifyFullRefusesAnotherAuthority) {
  const TlsServer other;
  const std::string refused =
      TryTls("localhost", "sslmode=verify-full&sslrootcert=" + other.root());
  EXPECT_THAT(refused, StartsWith("auth: "));
  EXPECT_THAT(refused, HasSubstr("certificate verify failed"));
}

TEST_F(PostgresTls, VerifyFullNeedsAnAuthority) {
  const std::string refused = TryTls("localhost", "sslmode=verify-full&sslrootcert=/no/such.crt");
  EXPECT_THAT(refused, StartsWith("auth: "));
  EXPECT_THAT(refused, HasSubstr("/no/such.crt"));
}

}  // namespace
}  // namespace tideway::sql::postgres
