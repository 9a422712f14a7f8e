#!/usr/bin/env bash
# Imports complaints from a CSV in the public NHTSA layout into a server and database of its own (complaints_import.py). Run by
# `make import-complaints CSV=…` with the release build on the durable cluster.
#
#   WITH_SERVER_CLUSTER=dev   the cluster (.ci/with-server)
#
# The arguments are those of complaints_import.py.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

command -v python3 >/dev/null || { echo "import: python3 is missing (apt-get install python3)" >&2; exit 1; }
# Limits are tested elsewhere.
AFTERSALES_LIMITS_REQUESTS_PER_MINUTE=100000000 AFTERSALES_LOG_LEVEL=warning PYTHONDONTWRITEBYTECODE=1 \
  exec .ci/with-server python3 Tests/bench/complaints_import.py "$@"
