#!/usr/bin/env bash
# Installs PostgreSQL from Debian's packages, if it is missing and may be installed. Tests and rehearsals start servers
# of their own.
set -euo pipefail

found() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
if ! found && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing PostgreSQL" >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openssl postgresql >/dev/null
fi
if ! found; then
  echo "WITHOUT POSTGRESQL: what needs it is skipped; on Debian, apt-get install postgresql" >&2
  [ -z "${CI:-}" ] || exit 1
fi
