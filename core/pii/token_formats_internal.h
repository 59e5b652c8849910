// The formats of well-known services' tokens. To add one: a line here, its first two bytes in
// kTokenBegins, and a value in tests/data/pii/values.py.
//
// Formats are those that the services publish for scanners of leaked keys.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tideway::pii::internal {

enum class Letters : uint8_t { kHex, kUpper, kAlnum, kBase64Url };  // kUpper: and digits

struct TokenFormat {
  std::string_view prefix;
  Letters letters;
  uint16_t least;  // bytes behind the prefix
  uint16_t most;
  std::string_view inside = {};  // what stands somewhere behind the prefix
  std::string_view parts = {};   // bytes beside the letters, such as the dash between parts
};

inline constexpr auto kTokenFormats = std::to_array<TokenFormat>({
    {"AKIA", Letters::kUpper, 16, 16},  // AWS
    {"ASIA", Letters::kUpper, 16, 16},
    {"ghp_", Letters::kAlnum, 36, 255},  // GitHub
    {"gho_", Letters::kAlnum, 36, 255},
    {"ghu_", Letters::kAlnum, 36, 255},
    {"ghs_", Letters::kAlnum, 36, 255},
    {"ghr_", Letters::kAlnum, 36, 255},
    {"github_pat_", Letters::kAlnum, 82, 255, {}, "_"},
    {"glpat-", Letters::kBase64Url, 20, 64, {}, "."},  // GitLab
    {"xoxb-", Letters::kAlnum, 40, 255, {}, "-"},      // Slack
    {"xoxp-", Letters::kAlnum, 40, 255, {}, "-"},
    {"xoxa-", Letters::kAlnum, 40, 255, {}, "-"},
    {"xoxr-", Letters::kAlnum, 40, 255, {}, "-"},
    {"xoxs-", Letters::kAlnum, 40, 255, {}, "-"},
    {"hooks.slack.com/services/", Letters::kAlnum, 40, 64, {}, "/"},
    {"AIza", Letters::kBase64Url, 35, 35},  // Google
    {"GOCSPX-", Letters::kBase64Url, 28, 28},
    {"ya29.", Letters::kBase64Url, 60, 512, {}, "."},
    {"sk_live_", Letters::kAlnum, 24, 128},  // Stripe
    {"rk_live_", Letters::kAlnum, 24, 128},
    {"sk_test_", Letters::kAlnum, 24, 128},
    {"rk_test_", Letters::kAlnum, 24, 128},
    {"sk-ant-", Letters::kBase64Url, 80, 160},               // Anthropic
    {"sk-proj-", Letters::kBase64Url, 40, 256, "T3BlbkFJ"},  // OpenAI
    {"sk-svcacct-", Letters::kBase64Url, 40, 256, "T3BlbkFJ"},
    {"sk-or-v1-", Letters::kHex, 64, 64},  // OpenRouter
    {"sk-", Letters::kAlnum, 48, 48, "T3BlbkFJ"},
    {"hf_", Letters::kAlnum, 34, 37},  // Hugging Face
    {"npm_", Letters::kAlnum, 36, 36},
    {"pypi-AgEIcHlwaS5vcmc", Letters::kBase64Url, 50, 512},
    {"SG.", Letters::kBase64Url, 66, 66, {}, "."},  // SendGrid
    {"SK", Letters::kHex, 32, 32},                  // Twilio
    {"key-", Letters::kHex, 32, 32},                // Mailgun
    {"dop_v1_", Letters::kHex, 64, 64},             // DigitalOcean
    {"doo_v1_", Letters::kHex, 64, 64},
    {"shpat_", Letters::kHex, 32, 32},  // Shopify
    {"shpss_", Letters::kHex, 32, 32},
    {"shpca_", Letters::kHex, 32, 32},
    {"dapi", Letters::kHex, 32, 32},              // Databricks
    {"glsa_", Letters::kAlnum, 41, 41, {}, "_"},  // Grafana
    {"hvs.", Letters::kBase64Url, 90, 200},       // Vault
    {"NRAK-", Letters::kUpper, 27, 27},           // New Relic
    {"PMAK-", Letters::kHex, 59, 59, {}, "-"},    // Postman
    {"lin_api_", Letters::kAlnum, 40, 40},        // Linear
    {"sq0atp-", Letters::kBase64Url, 22, 22},     // Square
    {"sq0csp-", Letters::kBase64Url, 43, 43},
    {"AGE-SECRET-KEY-1", Letters::kUpper, 58, 58},  // age
});

// What the formats above begin with, and eyJ of a JWT.
inline constexpr auto kTokenBegins = std::to_array<std::string_view>(
    {"AK", "AS", "gh", "gi", "gl", "xo", "ho", "AI", "GO", "ya", "sk", "rk", "hf", "np",
     "py", "SG", "SK", "ke", "do", "sh", "da", "hv", "NR", "PM", "li", "sq", "AG", "ey"});

}  // namespace tideway::pii::internal
