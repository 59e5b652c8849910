#!/usr/bin/env bash
# Writes docs/reference from the docstrings of lua/tideway.
set -euo pipefail
cd "$(dirname "$0")/.."
exec build/release/bin/tideway docs docs/reference
