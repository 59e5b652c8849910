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

// A connection URI as receipts may name it, also where the whole URI is a registered secret:
// "postgresql://reader@db:5432/complaints#query=1f". Each part passes through Redact by itself; the
// password and all parameters go, and a user, host or path that does not look like one (a token,
// the end of a password with `@` or `/` in it) is "[secret]". A text of another form is redacted
// as a whole.
std::string RedactUri(std::string_view uri);

}  // namespace tideway
