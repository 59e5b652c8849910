// Rows of the queue's tables as what the face shows, and the checks of what goes in.
#pragma once

#include <string>
#include <vector>

#include "core/queue/queue.h"

namespace tideway::queue {

inline constexpr Outcome::Kind kOutcomeKinds[] = {Outcome::Kind::kDone, Outcome::Kind::kRetry,
                                                  Outcome::Kind::kDead, Outcome::Kind::kRelease};

inline int64_t Microseconds(double seconds) { return static_cast<int64_t>(seconds * 1e6 + 0.5); }
int64_t Int(const sql::Param& value);       // 0 for null
std::string Text(const sql::Param& value);  // empty for null
JobState StateOf(const sql::Param& value);
// A row of kRecordColumns.
JobRecord RecordOf(const sql::LedgerRow& row);

// The condition that `filter` stands for. `params` holds the time, `older_s` and one more of the
// caller's; what else the condition takes is added. `age` compares with the first two.
std::string Where(const JobFilter& filter, const std::string& age, std::vector<sql::Param>& params);

// Errors of kind usage.
Status CheckQueueName(const std::string& queue);

}  // namespace tideway::queue
