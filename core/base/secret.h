// Secrets: values that may be used but never shown.
//
//   RegisterSecret(password);                       // whoever learns a secret registers it
//   log(Redact("postgresql://u:hunter2@h/db"));     // "postgresql://u:[secret]@h/db"
//
// Every log line, error text and receipt passes through Redact, which replaces each registered
// value (and its percent-encoded form), and the password part of any `scheme://user:password@`
// text, by "[secret]". Values shorter than 4 bytes are not registered: replacing them would garble
// texts and protect nothing. Thread safety: all functions are safe from any thread.
#pragma once

#include <string>
#include <string_view>

namespace tideway {

inline constexpr std::string_view kRedacted = "[secret]";

void RegisterSecret(std::string_view value);
std::string Redact(std::string_view text);

}  // namespace tideway
