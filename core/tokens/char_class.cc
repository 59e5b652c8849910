#include "core/tokens/char_class.h"

#include <unicode/uchar.h>

#include <memory>

namespace tideway::tokens {
namespace {

using Table = std::array<uint16_t, kCodes>;

struct Range {
  uint32_t first;
  uint32_t last;
  uint32_t classes;
};

constexpr uint32_t kOtherLetter = kLetter | kLeading | kTrailing | kWord;
constexpr uint32_t kLargeLetter = kLetter | kLeading | kWord;
constexpr uint32_t kSmallLetter = kLetter | kTrailing | kWord;
constexpr uint32_t kDigit = kNumber | kNumeric | kWord;
constexpr uint32_t kAnyMark = kMark | kLeading | kTrailing | kWord;

// Characters of Unicode 15.1 and 16, which Oniguruma and Rust know, and, as kNumeric alone, of 17,
// which Rust knows.
constexpr Range kNewer[] = {
    {0x897, 0x897, kAnyMark},         {0x1B4E, 0x1B4F, kSign},
    {0x1B7F, 0x1B7F, kSign},          {0x1C89, 0x1C89, kLargeLetter},
    {0x1C8A, 0x1C8A, kSmallLetter},   {0x2427, 0x2429, kSign},
    {0x2FFC, 0x2FFF, kSign},          {0x31E4, 0x31E5, kSign},
    {0x31EF, 0x31EF, kSign},          {0xA7CB, 0xA7CC, kLargeLetter},
    {0xA7CD, 0xA7CD, kSmallLetter},   {0xA7DA, 0xA7DA, kLargeLetter},
    {0xA7DB, 0xA7DB, kSmallLetter},   {0xA7DC, 0xA7DC, kLargeLetter},
    {0x105C0, 0x105F3, kOtherLetter}, {0x10D40, 0x10D49, kDigit},
    {0x10D4A, 0x10D4F, kOtherLetter}, {0x10D50, 0x10D65, kLargeLetter},
    {0x10D69, 0x10D6D, kAnyMark},     {0x10D6E, 0x10D6E, kSign},
    {0x10D6F, 0x10D6F, kOtherLetter}, {0x10D70, 0x10D85, kSmallLetter},
    {0x10D8E, 0x10D8F, kSign},        {0x10EC2, 0x10EC4, kOtherLetter},
    {0x10EFC, 0x10EFC, kAnyMark},     {0x11380, 0x11389, kOtherLetter},
    {0x1138B, 0x1138B, kOtherLetter}, {0x1138E, 0x1138E, kOtherLetter},
    {0x11390, 0x113B5, kOtherLetter}, {0x113B7, 0x113B7, kOtherLetter},
    {0x113B8, 0x113C0, kAnyMark},     {0x113C2, 0x113C2, kAnyMark},
    {0x113C5, 0x113C5, kAnyMark},     {0x113C7, 0x113CA, kAnyMark},
    {0x113CC, 0x113D0, kAnyMark},     {0x113D1, 0x113D1, kOtherLetter},
    {0x113D2, 0x113D2, kAnyMark},     {0x113D3, 0x113D3, kOtherLetter},
    {0x113D4, 0x113D5, kSign},        {0x113D7, 0x113D8, kSign},
    {0x113E1, 0x113E2, kAnyMark},     {0x116D0, 0x116E3, kDigit},
    {0x11BC0, 0x11BE0, kOtherLetter}, {0x11BE1, 0x11BE1, kSign},
    {0x11BF0, 0x11BF9, kDigit},       {0x11DE0, 0x11DE9, kNumeric},
    {0x11F5A, 0x11F5A, kAnyMark},     {0x13460, 0x143FA, kOtherLetter},
    {0x16100, 0x1611D, kOtherLetter}, {0x1611E, 0x1612F, kAnyMark},
    {0x16130, 0x16139, kDigit},       {0x16D40, 0x16D6C, kOtherLetter},
    {0x16D6D, 0x16D6F, kSign},        {0x16D70, 0x16D79, kDigit},
    {0x16FF4, 0x16FF6, kNumeric},     {0x18CFF, 0x18CFF, kOtherLetter},
    {0x1CC00, 0x1CCEF, kSign},        {0x1CCF0, 0x1CCF9, kDigit},
    {0x1CD00, 0x1CEB3, kSign},        {0x1E5D0, 0x1E5ED, kOtherLetter},
    {0x1E5EE, 0x1E5EF, kAnyMark},     {0x1E5F0, 0x1E5F0, kOtherLetter},
    {0x1E5F1, 0x1E5FA, kDigit},       {0x1E5FF, 0x1E5FF, kSign},
    {0x1F8B2, 0x1F8BB, kSign},        {0x1F8C0, 0x1F8C1, kSign},
    {0x1FA89, 0x1FA89, kSign},        {0x1FA8F, 0x1FA8F, kSign},
    {0x1FABE, 0x1FABE, kSign},        {0x1FAC6, 0x1FAC6, kSign},
    {0x1FADC, 0x1FADC, kSign},        {0x1FADF, 0x1FADF, kSign},
    {0x1FAE9, 0x1FAE9, kSign},        {0x1FBCB, 0x1FBEF, kSign},
    {0x2EBF0, 0x2EE5D, kOtherLetter},
};

// What the crate unicode_categories, of Unicode 8, sees otherwise than later versions.
constexpr uint32_t kOldPunctuation[] = {0x166D, 0x111C9};
constexpr uint32_t kNotOldNonspacing[] = {0x1885, 0x1886, 0xA9BD, 0x111C9};
constexpr uint32_t kOldNonspacing = 0x1734;
// And unicode-normalization-alignments, of Unicode 9.
constexpr uint32_t kOldCombining[] = {0x1CF2, 0x1CF3};
constexpr uint32_t kNotOldCombining = 0x111C9;

constexpr Range kIdeographs[] = {{0x4E00, 0x9FFF, kIdeograph},   {0x3400, 0x4DBF, kIdeograph},
                                 {0x20000, 0x2A6DF, kIdeograph}, {0x2A700, 0x2B73F, kIdeograph},
                                 {0x2B740, 0x2B81F, kIdeograph}, {0x2B920, 0x2CEAF, kIdeograph},
                                 {0xF900, 0xFAFF, kIdeograph},   {0x2F800, 0x2FA1F, kIdeograph}};

// By the general category alone.
uint32_t ClassesOfCategory(uint32_t category) {
  uint32_t classes = 0;
  const auto add = [&](uint32_t categories, uint32_t added) {
    if (category & categories) classes |= added;
  };
  add(U_GC_L_MASK, kLetter);
  add(U_GC_N_MASK, kNumber | kNumeric);
  add(U_GC_M_MASK, kMark);
  add(U_GC_LU_MASK | U_GC_LT_MASK | U_GC_LM_MASK | U_GC_LO_MASK | U_GC_M_MASK, kLeading);
  add(U_GC_LL_MASK | U_GC_LM_MASK | U_GC_LO_MASK | U_GC_M_MASK, kTrailing);
  add(U_GC_P_MASK | U_GC_S_MASK, kSign);
  add(U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK, kWord);
  return classes;
}

bool IsOlder(UChar32 code, int version) {
  UVersionInfo age;
  u_charAge(code, age);
  return age[0] > 0 && (age[0] < version || (age[0] == version && age[1] == 0));
}

// What the older tables of the library say.
uint32_t OldClasses(UChar32 code, uint32_t category) {
  uint32_t classes = 0;
  if ((category & (U_GC_P_MASK | U_GC_MN_MASK | U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) &&
      IsOlder(code, 8)) {
    if (category & U_GC_P_MASK) classes |= kPunctuation;
    if (category & U_GC_MN_MASK) classes |= kNonspacing;
    if (category & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) classes |= kControl;
  }
  if ((category & U_GC_M_MASK) && IsOlder(code, 9)) classes |= kCombining;
  return classes;
}

void AddExceptions(Table& table) {
  const auto add = [&](const Range& range) {
    for (uint32_t code = range.first; code <= range.last; ++code) {
      table[code] |= static_cast<uint16_t>(range.classes);
    }
  };
  const auto remove = [&](uint32_t code, uint32_t classes) {
    table[code] = static_cast<uint16_t>(table[code] & ~classes);
  };
  for (const Range& range : kNewer) add(range);
  for (const Range& range : kIdeographs) add(range);
  for (uint32_t code = 0x21; code < 0x7F; ++code) {  // ASCII's punctuation has symbols too
    if (!(table[code] & kWord) || code == '_') table[code] |= kPunctuation;
  }
  for (const uint32_t code : {'\t', '\n', '\r'}) remove(code, kControl);
  table[0xFFFD] |= kControl;
  for (const uint32_t code : kOldPunctuation) table[code] |= kPunctuation;
  for (const uint32_t code : kNotOldNonspacing) remove(code, kNonspacing);
  table[kOldNonspacing] |= kNonspacing;
  for (const uint32_t code : kOldCombining) table[code] |= kCombining;
  remove(kNotOldCombining, kCombining);
}

UBool AddRange(const void* context, UChar32 start, UChar32 limit, UCharCategory type) {
  Table& table = *static_cast<Table*>(const_cast<void*>(context));
  const uint32_t category = U_MASK(type);
  if (category & U_GC_CS_MASK) return true;
  const uint32_t classes = ClassesOfCategory(category);
  for (UChar32 code = start; code < limit; ++code) {
    uint32_t all = classes | OldClasses(code, category);
    if (u_hasBinaryProperty(code, UCHAR_WHITE_SPACE)) all |= kSpace;
    if (u_hasBinaryProperty(code, UCHAR_ALPHABETIC)) all |= kWord;
    if (u_hasBinaryProperty(code, UCHAR_JOIN_CONTROL)) all |= kWord;
    table[static_cast<size_t>(code)] = static_cast<uint16_t>(all);
  }
  return true;
}

std::unique_ptr<const Table> MakeTable() {
  auto table = std::make_unique<Table>();
  table->fill(0);
  u_enumCharTypes(AddRange, table.get());
  AddExceptions(*table);
  return table;
}

}  // namespace

const std::array<uint16_t, kCodes>& CharClasses() {
  static const std::unique_ptr<const Table> table = MakeTable();
  return *table;
}

}  // namespace tideway::tokens
