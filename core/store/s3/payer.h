// What reading of Requester Pays buckets may cost, over all processes and restarts.
//
//   Payer payer({.ledger = state + "/paid/bucket", .limit_usd = 5});
//   RETURN_NOT_OK(payer.Spend(bytes));      // before each request
//
// The ledger is a file with millionths of a dollar, added to under a lock, before the request: what
// is not known to have been paid counts as paid. Threads: any.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/error.h"

namespace tideway::store {

struct PayerOptions {
  std::string ledger;
  double limit_usd = 0;           // in all, ever, until the ledger is deleted
  double usd_per_gib = 0.09;      // of what comes; to the internet, the dearest
  double usd_per_request = 5e-6;  // the dearest
};

class Payer {
 public:
  explicit Payer(PayerOptions options) : options_(std::move(options)) {}
  // Enters a request that brings up to `bytes`. An error of kind usage, and no entry, where it goes
  // beyond the limit; io and disk_full, where it cannot be written down.
  Status Spend(int64_t bytes);
  // In dollars. Errors: io; data, for a ledger that is none.
  Result<double> Spent() const;

 private:
  const PayerOptions options_;
};

}  // namespace tideway::store
