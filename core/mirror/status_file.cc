#include "core/mirror/status_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/log.h"

namespace tideway::mirror {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr const char* kLease = "_status";

Json JsonOf(const DatasetStatus& status) {
  Json json = {{"commit", status.commit},
               {"state", status.state},
               {"files", status.files},
               {"bytes", status.bytes},
               {"files_there", status.files_there},
               {"bytes_there", status.bytes_there},
               {"since", status.since}};
  if (!status.error.empty()) json["error"] = status.error;
  return json;
}

DatasetStatus StatusOf(const Json& json) {
  return {.commit = json.at("commit"),
          .state = json.at("state"),
          .files = json.at("files"),
          .bytes = json.at("bytes"),
          .files_there = json.at("files_there"),
          .bytes_there = json.at("bytes_there"),
          .since = json.at("since"),
          .error = json.value("error", "")};
}

std::string TextOf(const Datasets& datasets, const std::string& updated) {
  Json json = {{"format", kFormat}, {"updated", updated}, {"datasets", Json::object()}};
  for (const auto& [id, status] : datasets) json["datasets"][id] = JsonOf(status);
  json["sha256"] = "";
  const auto text = [&] {
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  };
  json["sha256"] = Sha256Hex(text());
  return text();
}

Error Broken(const std::string& path, const std::string& why) {
  return Error(ErrorKind::kData, fmt::format("mirror: {} is not whole: {}", path, why))
      .Hint("the next run makes it anew from what is there");
}

}  // namespace

Result<Datasets> StatusFile::Read() const {
  if (!FileExists(path_)) return Datasets{};
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadFile(path_));
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Broken(path_, "no JSON object");
  try {
    if (json.at("format") != kFormat) {
      return Error(ErrorKind::kUsage,
                   fmt::format("mirror: {} has the format {}, and this program knows {}", path_,
                               json.at("format").dump(), kFormat))
          .Hint("use a newer tideway");
    }
    Datasets datasets;
    for (const auto& [id, status] : json.at("datasets").items()) datasets[id] = StatusOf(status);
    if (TextOf(datasets, json.at("updated")) != text) return Broken(path_, "its sha256 is another");
    return datasets;
  } catch (const nlohmann::json::exception& problem) {
    return Broken(path_, problem.what());
  }
}

Result<Datasets> StatusFile::ReadOrPutAside() const {
  auto datasets = Read();
  if (datasets.ok() || KindOf(datasets.status()) != ErrorKind::kData) return datasets;
  const std::string aside = path_ + ".broken";
  LogWarn("{}; kept as {}", datasets.status().message(), aside);
  if (rename(path_.c_str(), aside.c_str()) != 0 && errno != ENOENT) {
    return ErrnoError(errno, "mirror: cannot move", path_);
  }
  return Datasets{};
}

Result<bool> StatusFile::ChangeUnder(Lease& lease,
                                     const std::function<Status(Datasets&)>& change) const {
  ARROW_ASSIGN_OR_RAISE(const Datasets before, ReadOrPutAside());
  Datasets datasets = before;
  RETURN_NOT_OK(change(datasets));
  if (datasets == before && FileExists(path_)) return true;
  if (!lease.Check().ok()) return false;
  RETURN_NOT_OK(
      WriteFileAtomic(path_, TextOf(datasets, FormatUtc(clock_.Now(), "%Y-%m-%dT%H:%M:%SZ"))));
  return true;
}

Status StatusFile::Change(const std::function<Status(Datasets&)>& change,
                          const CancelToken& cancel) {
  constexpr double kPause_s = 0.1;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto lease, leases_.Try(kLease));
    if (lease != nullptr) {
      ARROW_ASSIGN_OR_RAISE(const bool changed, ChangeUnder(*lease, change));
      if (changed) return Status::OK();
    }
    RETURN_NOT_OK(patience_.Pause(kPause_s, cancel));
  }
}

Result<bool> StatusFile::TryChange(const std::function<Status(Datasets&)>& change) {
  ARROW_ASSIGN_OR_RAISE(const auto lease, leases_.Try(kLease));
  return lease != nullptr ? ChangeUnder(*lease, change) : false;
}

}  // namespace tideway::mirror
