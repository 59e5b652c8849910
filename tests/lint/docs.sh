#!/usr/bin/env bash
# docs/reference is what the docstrings say today, and every public function has one.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${TIDEWAY:-build/default/bin/tideway}" docs "$folder"
diff -r docs/reference "$folder" || { echo "docs/reference is out of date: run ./dev docs" && exit 1; }
