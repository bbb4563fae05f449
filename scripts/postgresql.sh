#!/usr/bin/env bash
# Installs PostgreSQL and PgBouncer from Debian's packages, if they are missing and may be installed. Tests and rehearsals start servers
# of their own.
set -euo pipefail

found() {
  { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; } &&
    [ -x /usr/sbin/pgbouncer ]
}
if ! found && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing PostgreSQL and PgBouncer" >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openssl pgbouncer postgresql >/dev/null
fi
if ! found; then
  echo "WITHOUT POSTGRESQL OR PGBOUNCER: what needs them is skipped; on Debian, apt-get install pgbouncer postgresql" >&2
  [ -z "${CI:-}" ] || exit 1
fi
