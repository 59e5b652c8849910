// What the Hub's refusals mean, for the person who reads them.
#pragma once

#include <string>

#include "core/hub/remote/repo_id.h"
#include "core/hub/remote/settings.h"
#include "core/net/message.h"

namespace tideway::hub {

// What a request was about.
struct Subject {
  RepoId repo;
  std::string revision = {};
  std::string path = {};
};

enum class Refusal {
  kRepository,  // missing, or private
  kRevision,
  kEntry,     // no such path in the commit
  kGated,     // access has to be asked for
  kDisabled,  // by the Hub's moderation
  kToken,     // wrong or expired
  kOther,
};
Refusal RefusalOf(const net::Response& response);
// Whether only the address says that a revision or file is missing: it may be the repository.
bool IsUnclear(const net::Response& response);

// The error, with `message`, where something is to be written and there is no token.
Error NoToken(const Settings& settings, const std::string& message);
// The error for a token that the Hub does not know.
Error WrongToken(const Settings& settings);

// The error for an answer that is no success, with the remedy, the server's words and the number it
// gave the request.
Status AnswerError(const Subject& subject, const Settings& settings, const net::Request& request,
                   const net::Response& response);

// Whether an address of storage, which is signed for a time, is good no more.
bool IsExpired(const Settings& settings, const net::Response& response);

}  // namespace tideway::hub
