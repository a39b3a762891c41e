#!/bin/sh
# Makes the database at the first start, as the official image does: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    new="$PGDATA.new"  # in its place only when it is whole
    rm -rf "$new"
    echo "$POSTGRES_PASSWORD" >/tmp/password
    initdb --pgdata="$new" --username="$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8
    rm /tmp/password
    echo "host all all all scram-sha-256" >>"$new/pg_hba.conf"
    echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -D "$new" postgres >/dev/null
    rm -rf "$PGDATA"
    mv "$new" "$PGDATA"
fi
exec "$@" -c listen_addresses='*'
