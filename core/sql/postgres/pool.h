// The sessions of one Database: at most pool_size, made when needed, kept when idle.
//
//   ARROW_ASSIGN_OR_RAISE(Lease lease, pool->Take(cancel));
//   lease->Rows(...);                     // gives the session back when destroyed
//   lease.Discard();                      // unless its state is unknown: then it is closed
//
// Threads: all methods are safe from any thread. Leases keep their pool alive.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "core/sql/postgres/session.h"

namespace tideway::sql::postgres {

class Pool;

class Lease {
 public:
  Lease() = default;
  Lease(std::shared_ptr<Pool> pool, std::unique_ptr<Session> session);
  ~Lease();
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;

  Session* operator->() const { return session_.get(); }
  explicit operator bool() const { return session_ != nullptr; }
  // Closes the session instead of giving it back.
  void Discard();

 private:
  std::shared_ptr<Pool> pool_;
  std::unique_ptr<Session> session_;
};

class Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(ConnectInfo info, OpenOptions options);

  // An idle session that answers `SELECT 1`, else a new one, made with retries; waits while all are
  // in use, up to connect_timeout_s. Errors: of connecting; timeout; usage when closed.
  Result<Lease> Take(const CancelToken& cancel);
  // Closes what is idle; what is leased is closed when it comes back.
  void Close();

 private:
  friend class Lease;
  void Return(std::unique_ptr<Session> session);
  // Takes an idle session, or the right to make one (null); waits for either.
  Result<std::unique_ptr<Session>> TakeSlot(const CancelToken& cancel);
  Result<std::unique_ptr<Session>> NewSession(const CancelToken& cancel);

  const ConnectInfo info_;
  const OpenOptions options_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Session>> idle_;
  int sessions_ = 0;  // leased and idle
  bool closed_ = false;
};

}  // namespace tideway::sql::postgres
