#include "core/swh/keep.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/encoding.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/swh/sha1.h"

namespace tideway::swh {
namespace {

constexpr int kReads = 2;

// Of an encoding that nobody knows, what is UTF-8 is kept.
Result<DecodedBytes> DecodeBy(OnError on_error, std::string_view bytes,
                              const std::string& encoding) {
  auto decoded = DecodeBytes(bytes, encoding, on_error == OnError::kReplace);
  if (decoded.ok() || on_error != OnError::kReplace) return decoded;
  return DecodeBytes(bytes, "utf-8", /*replace=*/true);
}

std::string StateOf(Answer::State state) {
  switch (state) {
    case Answer::State::kFound:
      return "fetched";
    case Answer::State::kMissing:
      return "missing";
    case Answer::State::kDenied:
      return "denied";
    case Answer::State::kTooLarge:
      return "too_large";
    case Answer::State::kBroken:
      return "quarantined";
  }
  return "";
}

Status WriteIn(const std::string& folder, const std::string& file, std::string_view bytes) {
  const std::string path = folder + "/" + file;
  RETURN_NOT_OK(MakeFolders(ParentOf(path)));
  return WriteFileAtomic(path, bytes);
}

}  // namespace

Result<Answer> Keeper::ReadChecked(const std::string& blob_id, int64_t most_bytes,
                                   const CancelToken& cancel) const {
  bool slowed = false;
  for (int read = 1;; ++read) {
    ARROW_ASSIGN_OR_RAISE(Answer answer, source_.Read(blob_id, most_bytes, cancel));
    slowed = answer.slowed = answer.slowed || slowed;
    if (answer.state == Answer::State::kFound) {
      const std::string sha1 = Sha1Hex(answer.bytes);
      if (sha1 == blob_id) return answer;
      answer.state = Answer::State::kBroken;
      answer.problem = "swh: the SHA-1 of what came is " + sha1;
    }
    if (answer.state != Answer::State::kBroken || read == kReads) return answer;
  }
}

Kept Keeper::Noted(const Row& row, const std::string& state, const Row& facts) const {
  Row line = row;
  line["state"] = state;
  for (const auto& [name, value] : facts.items()) line[name] = value;
  line["source"] = source_.name();
  line["fetched_at"] = FormatUtc(clock_.Now(), "%Y-%m-%dT%H:%M:%SZ");
  return Kept{.state = state, .line = line.dump(-1, ' ', false, Row::error_handler_t::replace)};
}

Result<Kept> Keeper::Refuse(const Row& row, const Answer& answer) const {
  const std::string blob_id = TextOf(row, "blob_id");
  Row facts{{"problem", answer.problem}};
  if (answer.state == Answer::State::kBroken) {
    const std::string file = "quarantine/" + blob_id;
    RETURN_NOT_OK(WriteIn(options_.to, file, answer.bytes));
    facts["quarantine"] = file;
    LogWarn("swh: {}: put aside: {}", blob_id, answer.problem);
  }
  return Noted(row, StateOf(answer.state), facts);
}

Result<Kept> Keeper::Write(const Row& row, Answer answer) const {
  const std::string blob_id = TextOf(row, "blob_id"), encoding = TextOf(row, "src_encoding");
  ARROW_ASSIGN_OR_RAISE(const std::string swhid, SwhidOf(row, GitBlobHex(answer.bytes)));
  int64_t replaced = 0;
  if (options_.decode) {
    auto decoded = DecodeBy(options_.on_error, answer.bytes, encoding);
    if (!decoded.ok() && options_.on_error == OnError::kSkip) {
      return Noted(row, "undecodable", {{"problem", decoded.status().message()}});
    }
    if (!decoded.ok()) return WithContext(blob_id, decoded.status());
    answer.bytes = std::move(decoded->text);
    replaced = decoded->replaced;
  }
  const std::string file = FilePath({.language = options_.language,
                                     .blob_id = blob_id,
                                     .extension = TextOf(row, "extension"),
                                     .repo_name = TextOf(row, "repo_name"),
                                     .path = TextOf(row, "path")},
                                    options_.names);
  RETURN_NOT_OK(WriteIn(options_.to, file, answer.bytes));
  Kept kept = Noted(row, "fetched",
                    {{"file", file},
                     {"sha256", Sha256Hex(answer.bytes)},
                     {"size", answer.bytes.size()},
                     {"encoding", options_.decode || encoding.empty() ? "utf-8" : encoding},
                     {"replaced", replaced},
                     {"swhid", swhid}});
  kept.bytes = static_cast<int64_t>(answer.bytes.size());
  kept.replaced = replaced;
  return kept;
}

Result<Kept> Keeper::Keep(const Row& row, int64_t most_bytes, const CancelToken& cancel) const {
  ARROW_ASSIGN_OR_RAISE(Answer answer, ReadChecked(TextOf(row, "blob_id"), most_bytes, cancel));
  const bool slowed = answer.slowed;
  Result<Kept> kept =
      answer.state == Answer::State::kFound ? Write(row, std::move(answer)) : Refuse(row, answer);
  if (kept.ok()) kept->slowed = slowed;
  return kept;
}

}  // namespace tideway::swh
