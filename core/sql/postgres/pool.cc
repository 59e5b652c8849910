#include "core/sql/postgres/pool.h"

#include <fmt/format.h>

#include <chrono>

#include "core/sql/sql_internal.h"

namespace tideway::sql::postgres {

Lease::Lease(std::shared_ptr<Pool> pool, std::unique_ptr<Session> session)
    : pool_(std::move(pool)), session_(std::move(session)) {}

Lease::~Lease() {
  if (session_) pool_->Return(std::move(session_));
}

Lease& Lease::operator=(Lease&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(session_, other.session_);
  return *this;
}

void Lease::Discard() {
  if (!session_) return;
  session_->Cut();
  session_.reset();
  pool_->Return(nullptr);
}

Pool::Pool(ConnectInfo info, OpenOptions options)
    : info_(std::move(info)), options_(std::move(options)) {}

Result<Lease> Pool::Take(const CancelToken& cancel) {
  while (true) {
    ARROW_ASSIGN_OR_RAISE(std::unique_ptr<Session> session, TakeSlot(cancel));
    if (session && session->Ping().ok()) return Lease(shared_from_this(), std::move(session));
    if (session) {
      Lease(shared_from_this(), std::move(session)).Discard();
      continue;
    }
    auto made = NewSession(cancel);
    if (made.ok()) return Lease(shared_from_this(), std::move(made).ValueUnsafe());
    Return(nullptr);
    return made.status();
  }
}

Result<std::unique_ptr<Session>> Pool::TakeSlot(const CancelToken& cancel) {
  constexpr std::chrono::milliseconds kTick{50};
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(options_.connect_timeout_s);
  std::unique_lock lock(mutex_);
  while (true) {
    if (closed_) return ClosedError();
    RETURN_NOT_OK(cancel.Check());
    if (!idle_.empty()) {
      auto session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
    if (sessions_ < options_.pool_size) {
      ++sessions_;
      return std::unique_ptr<Session>();
    }
    if (std::chrono::steady_clock::now() > end) {
      return Error(ErrorKind::kTimeout, fmt::format("sql: all {} connections are in use for {} s",
                                                    sessions_, options_.connect_timeout_s))
          .Hint("raise pool_size, or read fewer queries at once");
    }
    returned_.wait_for(lock, kTick);
  }
}

Result<std::unique_ptr<Session>> Pool::NewSession(const CancelToken& cancel) {
  std::unique_ptr<Session> session;
  RETURN_NOT_OK(ConnectWithRetry(options_, cancel, [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(auto connection, Connect(info_, options_.connect_timeout_s, cancel));
    return Session::Adopt(std::move(connection), options_).Value(&session);
  }));
  return session;
}

void Pool::Return(std::unique_ptr<Session> session) {
  std::unique_lock lock(mutex_);
  const bool keep = session && !closed_;
  if (keep) idle_.push_back(std::move(session));
  if (!keep) --sessions_;
  lock.unlock();
  returned_.notify_all();
}

void Pool::Close() {
  std::vector<std::unique_ptr<Session>> idle;
  std::lock_guard lock(mutex_);
  closed_ = true;
  idle.swap(idle_);
  sessions_ -= static_cast<int>(idle.size());
}

}  // namespace tideway::sql::postgres
