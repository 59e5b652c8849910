#include "core/app/doctor/checkup.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

namespace tideway::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// A check that is on its way; shared with its thread, which may outlive the examination.
struct Running {
  Check check;
  DoctorOptions options;
  CancelToken cancel = {};
  std::mutex mutex = {};
  std::condition_variable ended = {};
  std::optional<Finding> finding = {};

  Running(Check given, DoctorOptions its_options) : check(given), options(std::move(its_options)) {}
  bool WaitUntil(steady_clock::time_point end) {
    std::unique_lock lock(mutex);
    return ended.wait_until(lock, end, [this] { return finding.has_value(); });
  }
};

Finding RunGuarded(const Check& check, const DoctorOptions& options, const CancelToken& cancel) {
  try {
    return check.run(options, cancel);
  } catch (const std::exception& error) {
    return Error(ErrorKind::kInternal, fmt::format("doctor: unexpected failure: {}", error.what()));
  }
}

std::shared_ptr<Running> Begin(const Check& check, const DoctorOptions& options) {
  auto running = std::make_shared<Running>(check, options);
  std::thread([running] {
    Finding finding = RunGuarded(running->check, running->options, running->cancel);
    std::lock_guard lock(running->mutex);
    running->finding = std::move(finding);
    running->ended.notify_all();
  }).detach();
  return running;
}

Error TooLate(double timeout_s) {
  return Error(ErrorKind::kTimeout, fmt::format("doctor: no answer within {:g} s", timeout_s))
      .Hint(
          "what is asked may hang: a server, or a folder on a network; give it a longer --timeout");
}

Diagnosis End(Running& running, steady_clock::time_point end) {
  constexpr auto kGrace = std::chrono::milliseconds(500);  // what can be cancelled comes back
  const bool in_time = running.WaitUntil(end);
  if (!in_time) running.cancel.Cancel();
  if (in_time || running.WaitUntil(end + kGrace)) {
    const bool cut =
        !running.finding->ok() && KindOf(running.finding->status()) == ErrorKind::kInterrupted;
    return {running.check.name,
            cut ? Finding(TooLate(running.options.timeout_s)) : *running.finding};
  }
  return {running.check.name, TooLate(running.options.timeout_s), true};
}

}  // namespace

std::vector<Check> Checks() {
  return {{"Config", CheckConfig}, {"Network", CheckNetwork}, {"Memory", CheckMemory},
          {"Cache", CheckCache},   {"Disk", CheckDisk},       {"Token", CheckToken}};
}

std::vector<Diagnosis> Examine(const std::vector<Check>& checks, const DoctorOptions& options) {
  const auto end = steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(
                                             std::chrono::duration<double>(options.timeout_s));
  std::vector<std::shared_ptr<Running>> all;
  for (const Check& check : checks) all.push_back(Begin(check, options));
  std::vector<Diagnosis> diagnoses;
  for (const auto& running : all) diagnoses.push_back(End(*running, end));
  return diagnoses;
}

Result<std::string> NearestFolder(const std::string& path) {
  std::error_code error;
  fs::path nearest = fs::absolute(path, error).lexically_normal();
  while (nearest.has_relative_path() && !fs::exists(nearest, error)) {
    nearest = nearest.parent_path();
  }
  if (fs::is_directory(nearest, error)) return nearest.string();
  return Error(ErrorKind::kIo, "doctor: not a folder: " + nearest.string())
      .Hint("remove it, or name another");
}

}  // namespace tideway::app
