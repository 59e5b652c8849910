// What the recognisers of one text share. Each looks at the bytes around a trigger, and adds what
// it finds; none looks farther than a fixed number of bytes, or than the finding itself, so that
// time is linear in the text.
//
// Threads: a Scan belongs to one.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/pii/bytes_internal.h"
#include "core/pii/columns_internal.h"
#include "core/pii/kind.h"

namespace tideway::pii::internal {

// The steps that tell what is meant from what only looks like it. Tests switch each off, to see
// that the quality falls without it.
enum class Check : uint8_t {
  kTopLevelDomain,  // an e-mail address ends in a domain that there is
  kAddressContext,  // and is no credential of a URL, no path of a remote, no product of matrices
  kPublicAddress,   // an IP address can be reached from everywhere
  kVersionContext,  // and is no version, section or object identifier
  kIpv6Form,        // groups, and :: once
  kLuhn,            // a card has the right check digit
  kIssuer,          // and the length of its issuer
  kWholeNumber,     // a number is no part of a longer one, or of a word
  kNumberContext,   // a number that may be anything has a word beside it
  kNumberCounter,   // no word beside it says that it is another thing
  kSsnArea,         // a social security number was issued
  kPhonePlan,       // a phone number is one of its country's plan
  kTokenBody,       // a token looks random, and is as long as the service makes it
  kJwtHeader,       // a JWT's header names an algorithm
  kKeyBody,         // there is something between BEGIN and END
  kRandomness,      // an assigned secret looks random
  kPlaceholder,     // and does not stand for another
  kSecretName,      // the name it has is that of a secret
};
inline constexpr int kChecks = 18;

struct Settings {
  uint32_t kinds = (1u << kKinds) - 1;  // bit i: Kind i
  bool public_only = true;              // of IP addresses
  uint32_t skipped_checks = 0;          // bit i: Check i; for tests

  bool Has(Kind kind) const { return (kinds >> static_cast<int>(kind) & 1) != 0; }
  bool Checks(Check check) const { return (skipped_checks >> static_cast<int>(check) & 1) == 0; }
};

struct Scan {
  std::string_view text;
  const Settings& settings;
  std::vector<Finding>& findings;
  Columns columns;
  size_t numbers_end = 0;  // up to here, digits have been looked at
  size_t names_end = 0;    // and names of secrets
  bool has_secret_column = false;

  Scan(std::string_view whole, const Settings& what, std::vector<Finding>& into)
      : text(whole), settings(what), findings(into), columns(whole) {}

  // The byte at `i`, 0 outside of the text.
  char At(size_t i) const { return i < text.size() ? text[i] : '\0'; }
  // The byte before `i`, 0 at the begin; a blank where it ends an escape such as \n in a string.
  char Before(size_t i) const {
    if (i == 0) return '\0';
    if (i > 1 && text[i - 2] == '\\' && IsOneOf(text[i - 1], "nrt")) return ' ';
    return text[i - 1];
  }
  bool Fails(Check check, bool passed) const { return !passed && settings.Checks(check); }
  void Add(Kind kind, size_t begin, size_t end) {
    if (!settings.Has(kind)) return;
    findings.push_back(
        {static_cast<int>(kind), static_cast<int64_t>(begin), static_cast<int64_t>(end)});
  }
};

// Each is given the place of a trigger.
void FindEmail(Scan& scan, size_t at);            // the @
void FindIpv4(Scan& scan, size_t dot);            // the first dot
bool FindIpv6(Scan& scan, size_t begin);          // the first digit; whether there is one
void FindNumber(Scan& scan, size_t digit);        // a digit, or the + before
void FindToken(Scan& scan, size_t begin);         // the first byte of a word
void FindJwt(Scan& scan, size_t begin);           // its e
void FindPrivateKey(Scan& scan, size_t dashes);   // the first dash
void FindConnection(Scan& scan, size_t colon);    // that of ://
void FindAssignment(Scan& scan, size_t in_name);  // some byte of the name

// Once the whole text was looked at, where a column has the name of a secret.
void FindSecretsInColumns(Scan& scan);

}  // namespace tideway::pii::internal
