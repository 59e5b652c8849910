#include "core/binding/bytecode.h"

#include <algorithm>

namespace tideway::binding {

namespace {

// The format of LuaJIT 2.1's lj_bcdump.h, version 2.
constexpr std::string_view kMagic = "\x1bLJ\x02";
constexpr uint32_t kStripped = 0x02;

enum ConstantTag : uint32_t {
  kTagChild,
  kTagTable,
  kTagInt64,
  kTagUint64,
  kTagComplex,
  kTagString
};
enum KeyTag : uint32_t { kKeyNil, kKeyFalse, kKeyTrue, kKeyInt, kKeyNumber, kKeyString };

Status Malformed() { return Error(ErrorKind::kInternal, "bytecode: not the format of LuaJIT 2.1"); }

class Parser {
 public:
  explicit Parser(std::string_view dump) : rest_(dump) {}

  Result<Bytecode> Parse() {
    if (!rest_.starts_with(kMagic)) return Malformed();
    rest_.remove_prefix(kMagic.size());
    const uint32_t flags = Uleb();
    stripped_ = (flags & kStripped) != 0;
    if (!stripped_) Take(Uleb());
    while (!failed_) {
      const uint32_t size = Uleb();
      if (size == 0) break;
      const std::string_view after = rest_.substr(std::min<size_t>(size, rest_.size()));
      ParsePrototype();
      rest_ = after;  // past the names and lines
    }
    if (failed_ || out_.prototypes.empty()) return Malformed();
    return std::move(out_);
  }

 private:
  // Everything read through Keep() becomes part of the canonical form.
  std::string_view Take(size_t size) {
    if (size > rest_.size()) {
      failed_ = true;
      size = rest_.size();
    }
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view Keep(size_t size) {
    std::string_view taken = Take(size);
    out_.canonical += taken;
    return taken;
  }
  uint32_t Byte() {
    const std::string_view byte = Take(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
  }
  uint32_t Uleb() {
    uint32_t value = 0;
    for (int shift = 0; shift < 35 && !failed_; shift += 7) {
      const uint32_t byte = Byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
  uint32_t KeepUleb() {
    const std::string_view before = rest_;
    const uint32_t value = Uleb();
    out_.canonical += before.substr(0, before.size() - rest_.size());
    return value;
  }

  void ParsePrototype() {
    Prototype proto;
    const std::string_view head = Keep(4);  // flags, parameters, frame size, upvalues
    const size_t upvalues = head.size() < 4 ? 0 : static_cast<uint8_t>(head[3]);
    const uint32_t objects = KeepUleb();
    const uint32_t numbers = KeepUleb();
    const uint32_t instructions = KeepUleb();
    if (!stripped_ && Uleb() != 0) {
      Uleb();  // first line
      Uleb();  // number of lines
    }
    proto.code = Copy<uint32_t>(instructions);
    proto.upvalues = Copy<uint16_t>(upvalues);
    for (uint32_t i = 0; i < objects && !failed_; ++i) proto.constants.push_back(Constant());
    std::reverse(proto.constants.begin(), proto.constants.end());
    for (uint32_t i = 0; i < numbers && !failed_; ++i) Number();
    open_.push_back(out_.prototypes.size());
    out_.prototypes.push_back(std::move(proto));
  }

  template <typename T>
  std::vector<T> Copy(size_t count) {
    const std::string_view bytes = Keep(count * sizeof(T));
    std::vector<T> values(bytes.size() / sizeof(T));
    bytes.copy(reinterpret_cast<char*>(values.data()), values.size() * sizeof(T));
    return values;
  }

  BytecodeConstant Constant() {
    BytecodeConstant constant;
    const uint32_t tag = KeepUleb();
    if (tag >= kTagString) {
      constant.kind = BytecodeConstant::kString;
      constant.text = Keep(tag - kTagString);
    } else if (tag == kTagTable) {
      constant.kind = BytecodeConstant::kTable;
      constant.keys = Table();
    } else if (tag == kTagChild) {
      constant.kind = BytecodeConstant::kChild;
      if (open_.empty()) {
        failed_ = true;
      } else {
        constant.child = open_.back();
        open_.pop_back();
      }
    } else {
      for (int words = tag == kTagComplex ? 4 : 2; words > 0; --words) KeepUleb();
    }
    return constant;
  }

  // A constructor's array part as it comes, then its hash part in the order of its bytes.
  std::vector<std::string> Table() {
    const uint32_t array = KeepUleb();
    const uint32_t hash = KeepUleb();
    for (uint32_t i = 0; i < array && !failed_; ++i) out_.canonical += TableValue(nullptr);
    std::vector<std::string> keys;
    std::vector<std::string> pairs;
    for (uint32_t i = 0; i < hash && !failed_; ++i) {
      std::string pair(TableValue(&keys));
      pair += TableValue(nullptr);
      pairs.push_back(std::move(pair));
    }
    std::sort(pairs.begin(), pairs.end());
    for (const std::string& pair : pairs) out_.canonical += pair;
    return keys;
  }

  // The bytes of one key or value; a string's text is added to `strings`.
  std::string_view TableValue(std::vector<std::string>* strings) {
    const std::string_view before = rest_;
    const uint32_t tag = Uleb();
    if (tag >= kKeyString) {
      const std::string_view text = Take(tag - kKeyString);
      if (strings != nullptr) strings->emplace_back(text);
    } else if (tag == kKeyInt) {
      Uleb();
    } else if (tag == kKeyNumber) {
      Uleb();
      Uleb();
    }
    return before.substr(0, before.size() - rest_.size());
  }

  // A number is a 33 bit uleb whose lowest bit says that a second word follows.
  void Number() {
    const bool two_words = !rest_.empty() && (rest_[0] & 1) != 0;
    KeepUleb();
    if (two_words) KeepUleb();
  }

  std::string_view rest_;
  bool stripped_ = false;
  bool failed_ = false;
  std::vector<size_t> open_;  // prototypes whose parent has not come yet
  Bytecode out_;
};

}  // namespace

Result<Bytecode> ParseBytecode(std::string_view dump) { return Parser(dump).Parse(); }

}  // namespace tideway::binding
