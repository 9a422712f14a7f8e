#!/usr/bin/env bash
# Judges every severe record of a CSV in the public NHTSA layout by a server and database of its own (casualties.py).
#
#   WITH_SERVER_CLUSTER=dev   the cluster (.ci/with-server)
#
# The arguments are those of casualties.py.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

command -v python3 >/dev/null || { echo "casualties: python3 is missing (apt-get install python3)" >&2; exit 1; }
# Limits are tested elsewhere.
AFTERSALES_LIMITS_REQUESTS_PER_MINUTE=100000000 AFTERSALES_LOG_LEVEL=warning PYTHONDONTWRITEBYTECODE=1 \
  exec .ci/with-server python3 Tests/bench/casualties.py "$@"
