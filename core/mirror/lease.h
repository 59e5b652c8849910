// Leases: which of many processes, on many machines with one shared folder, is at work on what.
//
//   Leases leases(root + "/_locks", {}, SystemClock());
//   ARROW_ASSIGN_OR_RAISE(auto lease, leases.Try("acme--reviews/7"));
//   if (lease != nullptr) { ...; RETURN_NOT_OK(lease->Check()); rename(...); }
//
// No lock of the file system is used: on some of those that clusters share they do nothing. A lease
// is a file `<folder>/<name>/<generation>`, made whole by link(2), which one of many can do. Who
// holds it writes a beat into it, three times in each `lease_s`. The next holder makes the next
// generation, and only where the last one was given up, or its holder is proven dead: a process of
// this machine that is gone; elsewhere, one whose beat has stood still for three leases by the
// clock of who looks. So two never make one generation, and who lost its lease sees the next. Older
// generations are removed, so one who looked long ago may make one again: the last is always there
// beside it, and who sees it gives up its own at once.
//
// Nothing can keep a process that stands still just after Check() from going on when it wakes. What
// it does then must be harmless: to give a file the right content once more.
//
// Threads: any. A lease that is destroyed is given up.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "core/base/clock.h"
#include "core/base/error.h"

namespace tideway::mirror {

class Leases;

class Lease {
 public:
  ~Lease();
  Lease(const Lease&) = delete;

  // OK while it is held; an error of kind conflict when another has it now, or when this process
  // stood still for so long that another may.
  Status Check();
  // Who held it before and died at it; empty where nobody did.
  const std::string& former() const { return former_; }
  const std::string& name() const { return name_; }

 private:
  friend class Leases;
  Lease(Leases& leases, std::string name, std::string path, int fd, std::string former);
  Status Beat();
  Status Write(bool held);
  bool IsOvertaken() const;

  Leases& leases_;
  const std::string name_;
  const std::string path_;  // without the generation's number
  const std::string former_;
  int64_t generation_ = 0;
  std::mutex mutex_;
  int fd_;
  int64_t beat_ = 0;
  std::chrono::nanoseconds beaten_at_;
};

struct LeaseOptions {
  double lease_s = 60;
  bool beats = true;  // false: who tests calls Leases::Beat()
};

class Leases {
 public:
  // `clock`: outlives it, as it outlives its leases.
  Leases(std::string folder, LeaseOptions options, const Clock& clock);
  ~Leases();
  Leases(const Leases&) = delete;

  // Null while another holds it who may be alive. `name`: parts with `/` between. Errors: io,
  // disk_full.
  Result<std::unique_ptr<Lease>> Try(const std::string& name);
  // Whether another holds it who may be alive.
  Result<bool> IsHeld(const std::string& name);
  // One beat of each lease that is held.
  void Beat();
  // Removes what is left of leases under `name` that nobody holds any more.
  Status Remove(const std::string& name) const;

 private:
  friend class Lease;
  // What a lease's file says, and since when it says so.
  struct Sight {
    std::string text;
    std::chrono::nanoseconds since{};
  };
  // The last generation of a lease, as it is on the disk.
  struct Found {
    int64_t generation = 0;  // 0: there was none yet
    bool readable = true;    // false: it changed just now
    bool held = false;       // by one who may be alive
    std::string owner = {};  // that died at it; empty: it was given up
  };
  Result<Found> Look(const std::string& path);
  bool MayBeAlive(const std::string& owner, const std::string& file, const std::string& text);
  Result<int> Make(const std::string& path, int64_t generation) const;
  std::chrono::nanoseconds span(double leases) const;

  const std::string folder_;
  const LeaseOptions options_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Sight> sights_;
  std::set<Lease*> held_;
  std::condition_variable stop_;
  bool stopped_ = false;
  std::thread beater_;
};

}  // namespace tideway::mirror
