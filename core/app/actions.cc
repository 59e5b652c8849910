#include "core/app/actions.h"

namespace tideway::app {

Status PrintAnswer(const Globals& globals, const ActionAnswer& answer) {
  RETURN_NOT_OK(PrintResult(globals.json ? DumpJson(answer.json) + "\n" : answer.text));
  return answer.trouble;
}

}  // namespace tideway::app
