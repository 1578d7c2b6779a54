#!/bin/bash
# Runs once, on an empty volume: one database and one owner for each of Prefect and the CV database.
set -euo pipefail
psql --set=ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set=prefect_password="$PREFECT_DB_PASSWORD" --set=cv_password="$CV_DB_PASSWORD" <<'SQL'
CREATE ROLE prefect LOGIN PASSWORD :'prefect_password';
CREATE DATABASE prefect OWNER prefect;
REVOKE CONNECT ON DATABASE prefect FROM PUBLIC;
CREATE ROLE talentflow LOGIN PASSWORD :'cv_password';
CREATE DATABASE candidates OWNER talentflow;
REVOKE CONNECT ON DATABASE candidates FROM PUBLIC;
SQL
