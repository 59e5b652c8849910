#include "core/app/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <set>

#include "core/app/usage.h"

namespace tideway::app {
namespace {

// Scripts are completed by the names in scripts/, and by files.
constexpr const char* kScriptNames = "$(ls scripts 2>/dev/null | sed -n 's/\\.lua$//p')";

constexpr const char* kTopics = "exit-codes environment modules";

bool TakesScript(const CLI::App& command) {
  return command.get_option_no_throw("script") != nullptr;
}

std::vector<std::string> Words(const CLI::Option& option) {
  std::vector<std::string> words;
  for (const std::string& name : option.get_snames()) words.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) words.push_back("--" + name);
  return words;
}

std::string Joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::string CommandNames(const CLI::App& root) {
  std::vector<std::string> names;
  for (const CLI::App* command : ShownCommands(root)) names.push_back(command->get_name());
  return Joined(names);
}

std::string OptionWords(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::Option* option : NamedOptions(command)) {
    for (const std::string& word : Words(*option)) words.push_back(word);
  }
  return Joined(words);
}

// The words that may follow a command, as a bash string: scripts, shells, topics.
std::string BashWords(const CLI::App& root, const CLI::App& command) {
  if (TakesScript(command)) return kScriptNames;
  if (command.get_name() == "completion") return "bash zsh fish";
  if (command.get_name() == "cache") return "verify clean";
  if (command.get_name() != "help") return "";
  return fmt::format("{} {} $(\"${{COMP_WORDS[0]}}\" names topics 2>/dev/null)", kTopics,
                     CommandNames(root));
}

// "--memory | *:--workers", for a case of bash: options whose values only the user knows.
std::string ValueOptions(const CLI::App& root) {
  std::set<std::string> names;
  const auto add = [&names](const CLI::App& command) {
    for (const CLI::Option* option : NamedOptions(command)) {
      if (option->get_items_expected_max() == 0 || option->check_lname("param")) continue;
      for (const std::string& word : Words(*option)) names.insert(word);
    }
  };
  for (const CLI::App* command : ShownCommands(root)) {
    add(*command);
    for (const CLI::App* action : ShownCommands(*command)) add(*action);
  }
  return fmt::format("{}", fmt::join(names, " | *:"));
}

std::string BashCase(const CLI::App& root, const CLI::App& command, std::string_view pattern) {
  return fmt::format("    {}) options=\"{}\" candidates=\"{}\" ;;\n", pattern, OptionWords(command),
                     BashWords(root, command));
}

std::string Bash(const CLI::App& root) {
  std::string cases;
  for (const CLI::App* command : ShownCommands(root)) {
    const auto actions = ShownCommands(*command);
    const std::string& name = command->get_name();
    if (actions.empty()) cases += BashCase(root, *command, name + ":*");
    for (const CLI::App* action : actions) {
      cases += BashCase(root, *action, fmt::format("{}:{}", name, action->get_name()));
    }
    if (actions.empty()) continue;
    cases += fmt::format("    {}:*) options=\"{}\" candidates=\"{}\" ;;\n", name,
                         OptionWords(*command), CommandNames(*command));
  }
  return fmt::format(R"sh(# source <(tideway completion bash)
_tideway() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} options= candidates= script=${{COMP_WORDS[2]}}
  [ "${{COMP_WORDS[1]}}" = export ] && script=${{COMP_WORDS[3]}}
  case $COMP_CWORD:${{COMP_WORDS[COMP_CWORD-1]}} in
    1:*) candidates="{}" ;;
    *:-p | *:--param)
      candidates="$("${{COMP_WORDS[0]}}" names params "$script" 2>/dev/null | sed 's/$/=/')"
      compopt -o nospace 2>/dev/null ;;
    *:{}) ;;
    *) case ${{COMP_WORDS[1]}}:$([ "$COMP_CWORD" -gt 2 ] && echo "${{COMP_WORDS[2]}}") in
{}    esac ;;
  esac
  case $word in -*) candidates=$options ;; esac
  COMPREPLY=($(compgen -W "$candidates" -- "$word"))
}}
complete -o default -F _tideway tideway
)sh",
                     CommandNames(root), ValueOptions(root), cases);
}

// zsh runs the bash script through its own emulation.
std::string Zsh(const CLI::App& root) {
  return "#compdef tideway\nautoload -U +X bashcompinit && bashcompinit\n" + Bash(root);
}

// `text` as a word of fish, whatever is in it.
std::string FishQuoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

// Scripts, after a command or action.
std::string FishScripts(const std::string& condition) {
  return "complete -c tideway -n '" + condition +
         "' -a \"(ls scripts 2>/dev/null | sed -n 's/\\.lua\\$//p')\"\n";
}

// `script_at`: which word of the line, from 1, names the script.
std::string FishOption(const std::string& condition, const CLI::Option& option, int script_at) {
  std::string line = "complete -c tideway -n '" + condition + "'";
  for (const std::string& name : option.get_snames()) line += " -s " + name;
  for (const std::string& name : option.get_lnames()) line += " -l " + name;
  if (option.get_items_expected_max() > 0) line += " -r";
  if (option.check_lname("param")) {
    line += fmt::format(" -f -a \"(tideway names params (commandline -opc)[{}] 2>/dev/null)=\"",
                        script_at);
  }
  return line + " -d " + FishQuoted(option.get_description()) + "\n";
}

std::string FishAction(const std::string& seen, const CLI::App& action) {
  std::string text = fmt::format(
      "complete -c tideway -f -n '{}; and not __fish_seen_subcommand_from {}' -a {} -d {}\n", seen,
      CommandNames(*action.get_parent()), action.get_name(), FishQuoted(action.get_description()));
  const std::string both = seen + "; and __fish_seen_subcommand_from " + action.get_name();
  for (const CLI::Option* option : NamedOptions(action)) text += FishOption(both, *option, 4);
  return TakesScript(action) ? text + FishScripts(both) : text;
}

std::string Fish(const CLI::App& root) {
  std::string text = "# tideway completion fish | source\n";
  for (const CLI::App* command : ShownCommands(root)) {
    text += fmt::format("complete -c tideway -f -n __fish_use_subcommand -a {} -d {}\n",
                        command->get_name(), FishQuoted(command->get_description()));
    const std::string seen = "__fish_seen_subcommand_from " + command->get_name();
    for (const CLI::Option* option : NamedOptions(*command)) text += FishOption(seen, *option, 3);
    for (const CLI::App* action : ShownCommands(*command)) text += FishAction(seen, *action);
    if (TakesScript(*command)) text += FishScripts(seen);
  }
  text += "complete -c tideway -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n";
  return text + fmt::format(
                    "complete -c tideway -f -n '__fish_seen_subcommand_from help' -a '{} {} "
                    "(tideway names topics 2>/dev/null)'\n",
                    CommandNames(root), kTopics);
}

}  // namespace

Result<std::string> CompletionScript(const std::string& shell, const CLI::App& root) {
  if (shell == "bash") return Bash(root);
  if (shell == "zsh") return Zsh(root);
  if (shell == "fish") return Fish(root);
  return Error(ErrorKind::kUsage,
               "completion: unknown shell: " + shell + DidYouMean(shell, {"bash", "zsh", "fish"}))
      .Hint("bash, zsh and fish are known");
}

}  // namespace tideway::app
