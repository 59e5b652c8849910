// Answers to questions about a text, by a model that the Hub's inference service runs.
//
//   ARROW_ASSIGN_OR_RAISE(const FoundAnswer found,
//                         AnswerQuestion(api, {.question = "Who?", .context = text}, cancel));
//
// Only the Hub has the service: no address is asked but Settings::inference. Threads: any; blocks.
#pragma once

#include <cstdint>
#include <string>

#include "core/hub/remote/api.h"
#include "core/hub/remote/patience.h"

namespace tideway::hub {

struct Question {
  std::string model = "deepset/roberta-base-squad2";
  std::string question;
  std::string context;  // the text that has the answer
};

struct FoundAnswer {
  std::string text;
  double score = 0;   // from 0 to 1
  int64_t start = 0;  // in characters of the context: the first of the answer
  int64_t end = 0;    // and the one after its last
};

// While the model is loaded, for as long as the service says, it is asked again. Errors: usage,
// also for texts that the model does not take; auth, with what to pay or to permit; not_found, for
// a model that is not served; timeout; network; data.
Result<FoundAnswer> AnswerQuestion(Api& api, const Question& question, const CancelToken& cancel,
                                   const Patience& patience = {});

}  // namespace tideway::hub
