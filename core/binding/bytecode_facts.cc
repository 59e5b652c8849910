#include <array>

#include "core/binding/bytecode.h"

namespace tideway::binding {

namespace {

// LuaJIT 2.1's opcodes (lj_bc.h) that matter here; bytecode_test.cc checks them against jit.vmdef.
enum Opcode : uint32_t {
  kMov = 18,
  kPow = 37,
  kKstr = 39,
  kKnil = 44,
  kUget = 45,
  kUsetV = 46,
  kUsetP = 49,
  kFnew = 51,
  kTnew = 52,
  kTdup = 53,
  kGget = 54,
  kGset = 55,
  kTgetV = 56,
  kTgetS = 57,
  kTgetR = 59,
  kTsetV = 60,
  kTsetS = 61,
  kTsetB = 62,
  kTsetM = 63,
  kTsetR = 64,
  kCallM = 65,
  kVarg = 71,
  kRetM = 73,
  kRet = 74,
  kRet1 = 76,
};

constexpr bool WritesA(uint32_t op) {
  return (op >= kMov && op <= kUget) || (op >= kFnew && op <= kGget) ||
         (op >= kTgetV && op <= kTgetR);
}

// What is known of a register at one place of straight-line reading.
struct Register {
  int upvalue = -1;                   // holds (a part of) this upvalue's value
  bool whole_upvalue = false;         // holds just that
  const std::string* text = nullptr;  // holds this string constant
  std::string global;                 // holds this global
  bool constructed = false;           // holds a table that this function constructed
  std::set<std::string> keys;         // of that table
};

class Finder {
 public:
  explicit Finder(const Bytecode& bytecode) : bytecode_(bytecode) {}

  BytecodeFacts Find() {
    const size_t main = bytecode_.prototypes.size() - 1;
    std::vector<int> own(bytecode_.prototypes[main].upvalues.size());
    for (size_t i = 0; i < own.size(); ++i) own[i] = static_cast<int>(i);
    Read(main, own, true);
    facts_.returns_only_constructors = returns_ > 0 && other_returns_ == 0;
    return std::move(facts_);
  }

 private:
  // Reads one prototype from top to bottom, whose upvalue i is the main function's origin[i] (-1: a
  // local of a function in between).
  void Read(size_t index, const std::vector<int>& origin, bool is_main) {
    const Prototype& proto = bytecode_.prototypes[index];
    std::array<Register, 256> registers;
    for (const uint32_t code : proto.code) {
      const uint32_t op = code & 0xff;
      const uint32_t a = (code >> 8) & 0xff;
      const uint32_t c = (code >> 16) & 0xff;
      const uint32_t b = code >> 24;
      const uint32_t d = code >> 16;
      if (op == kPow) facts_.uses_power = true;
      if (op == kFnew) ReadChild(proto, d, origin);
      if (op >= kUsetV && op <= kUsetP && a < origin.size() && origin[a] >= 0) {
        facts_.assigned_upvalues.insert(origin[a]);
      }
      if (op == kGget) facts_.globals_read.insert(Text(proto, d));
      if (op == kGset) facts_.globals_set.insert(Text(proto, d));
      if (op == kTgetS) ReadField(registers[b], Text(proto, c));
      if (op == kTgetV) ReadComputed(registers[b], registers[c]);
      if (op >= kTsetV && op <= kTsetR) {
        Register& table = registers[(op == kTsetM ? a - 1 : b) & 0xff];
        if (table.upvalue >= 0) facts_.written_upvalues.insert(table.upvalue);
        if (op == kTsetS) ReadStore(table, Text(proto, c));
        if (op == kTsetV) ReadComputedStore(table, registers[c]);
      }
      if (is_main && op >= kRetM && op <= kRet) ++other_returns_;
      if (is_main && (op == kCallM + 2 || op == kCallM + 3)) ++other_returns_;  // tail calls
      if (is_main && op == kRet1) ReadReturn(registers[a]);
      Follow(proto, op, a, b, d, origin, registers);
    }
  }

  void ReadChild(const Prototype& proto, uint32_t d, const std::vector<int>& origin) {
    if (d >= proto.constants.size() || proto.constants[d].kind != BytecodeConstant::kChild) return;
    const size_t child = proto.constants[d].child;
    std::vector<int> inner;
    for (const uint16_t upvalue : bytecode_.prototypes[child].upvalues) {
      const bool is_local = (upvalue & 0x8000) != 0;
      inner.push_back(is_local || upvalue >= origin.size() ? -1 : origin[upvalue]);
    }
    Read(child, inner, false);
  }

  void ReadField(const Register& from, const std::string& name) {
    facts_.keys_read.insert(name);
    if (!from.global.empty()) facts_.global_fields.emplace(from.global, name);
    if (from.whole_upvalue) facts_.upvalue_fields.emplace(from.upvalue, name);
  }

  // A key that is a constant comes in a register when the function has more than 255 of them.
  void ReadComputed(const Register& from, const Register& key) {
    if (key.text != nullptr) return ReadField(from, *key.text);
    facts_.reads_computed_keys = true;
  }

  void ReadStore(Register& table, const std::string& key) {
    facts_.keys_written.insert(key);
    if (table.constructed) table.keys.insert(key);
  }

  void ReadComputedStore(Register& table, const Register& key) {
    if (key.text != nullptr) return ReadStore(table, *key.text);
    facts_.writes_computed_keys = true;
    table.constructed = false;
  }

  void ReadReturn(const Register& value) {
    if (!value.constructed) {
      ++other_returns_;
      return;
    }
    ++returns_;
    facts_.returned_keys.insert(value.keys.begin(), value.keys.end());
  }

  // Updates what is known of the registers that the instruction writes.
  void Follow(const Prototype& proto, uint32_t op, uint32_t a, uint32_t b, uint32_t d,
              const std::vector<int>& origin, std::array<Register, 256>& registers) {
    if ((op >= kCallM && op <= kVarg) || op == kKnil) {
      for (size_t i = a; i < registers.size(); ++i) registers[i] = {};
      return;
    }
    if (!WritesA(op)) return;
    Register next;
    if (op == kMov) {
      next = registers[d & 0xff];
      next.keys.clear();
    }
    if (op == kUget && d < origin.size()) next.upvalue = origin[d];
    next.whole_upvalue = next.whole_upvalue || (op == kUget && next.upvalue >= 0);
    if (op == kKstr && d < proto.constants.size()) next.text = &proto.constants[d].text;
    if (op == kGget) next.global = Text(proto, d);
    if (op >= kTgetV && op <= kTgetR) next.upvalue = registers[b].upvalue;
    next.constructed = op == kTnew || op == kTdup;
    if (op == kTdup && d < proto.constants.size()) {
      const auto& keys = proto.constants[d].keys;
      next.keys.insert(keys.begin(), keys.end());
      facts_.keys_written.insert(keys.begin(), keys.end());
    }
    registers[a] = std::move(next);
  }

  static std::string Text(const Prototype& proto, uint32_t index) {
    return index < proto.constants.size() ? proto.constants[index].text : "";
  }

  const Bytecode& bytecode_;
  BytecodeFacts facts_;
  int returns_ = 0;
  int other_returns_ = 0;
};

}  // namespace

BytecodeFacts FindFacts(const Bytecode& bytecode) { return Finder(bytecode).Find(); }

}  // namespace tideway::binding
