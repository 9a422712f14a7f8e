#!/usr/bin/env bash
# Runs once inside the postgres container, when its volume is new: roles and database, passwords from the secrets.
set -euo pipefail
AFTERSALES_OWNER_PASSWORD=$(cat /run/secrets/owner_password)
AFTERSALES_APP_PASSWORD=$(cat /run/secrets/app_password)
export AFTERSALES_OWNER_PASSWORD AFTERSALES_APP_PASSWORD
psql --no-psqlrc --username postgres --dbname postgres --file /bootstrap/bootstrap.sql
