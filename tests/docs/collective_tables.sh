#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every row that tools/ccl_figures prints is in docs/collectives.md, and the page has no others. Argument: the sources.
set -euo pipefail
cd "$1"
rows() { grep -E '^\| `(mini|default|torus6|full16)` \|' "$@"; }
printed=$({ tools/ccl_figures roots; tools/ccl_figures; } | rows)
diff <(rows docs/collectives.md) <(echo "$printed")
