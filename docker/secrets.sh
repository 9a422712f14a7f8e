#!/usr/bin/env bash
# Makes the secrets of compose.yaml that are missing, in docker/secrets (ignored by git).
#
# Compose shows a secret's file inside the container with the owner and mode it has here. libpq ignores a passfile that
# others may read, so the passfiles and the signing key belong to the container's user (10001): run this as root, or the
# engine must map that user to you.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
umask 077
mkdir -p secrets
printf '*\n' >secrets/.gitignore

make_secret() { [ -s "secrets/$1" ] || openssl rand -hex "$2" >"secrets/$1"; }
make_secret postgres_password 24
make_secret owner_password 24
make_secret app_password 24
make_secret signing_key 32
[ -s secrets/column_keys ] || printf 'k1:%s\n' "$(openssl rand -hex 32)" >secrets/column_keys
for role in owner app; do
  printf '*:*:*:aftersales_%s:%s\n' "$role" "$(cat "secrets/${role}_password")" >"secrets/${role}_passfile"
done
if [ "$(id -u)" = 0 ]; then
  chown 10001 secrets/owner_passfile secrets/app_passfile secrets/signing_key secrets/column_keys
  chmod 400 secrets/*_passfile secrets/signing_key secrets/column_keys
  # The postgres image and bootstrap.sh in it run as user 999.
  chown 999 secrets/owner_password secrets/app_password secrets/postgres_password
else
  echo "not root: make docker/secrets/*_passfile, signing_key and column_keys readable by user 10001 only," >&2
  echo "and the passwords by user 999 only" >&2
fi
