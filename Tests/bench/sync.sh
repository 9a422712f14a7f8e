#!/usr/bin/env bash
# Synchronises work orders by upsert, twice, against a server and a database of its own (sync.py). Run by `make bench-sync` with
# the release build on the durable cluster, and by `make test` with a few orders on the tests' cluster.
#
#   WITH_SERVER_CLUSTER=dev   the cluster (.ci/with-server)
#
# The arguments are those of sync.py: --orders, --clients.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

command -v python3 >/dev/null || { echo "sync: python3 is missing (apt-get install python3)" >&2; exit 1; }
# Limits are tested elsewhere.
AFTERSALES_LIMITS_REQUESTS_PER_MINUTE=100000000 AFTERSALES_LOG_LEVEL=warning PYTHONDONTWRITEBYTECODE=1 \
  exec .ci/with-server python3 Tests/bench/sync.py "$@"
