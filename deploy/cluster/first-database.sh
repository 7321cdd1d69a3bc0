#!/bin/sh
# Run once by Patroni on the first leader, with the address of its new PostgreSQL: makes the centre's role and database.
set -eu
exec psql --quiet --set ON_ERROR_STOP=1 --set password='${database_password}' "$1" <<'SQL'
CREATE ROLE ligne LOGIN PASSWORD :'password';
CREATE DATABASE ligne OWNER ligne TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
SQL
