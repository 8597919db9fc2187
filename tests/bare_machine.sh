#!/usr/bin/env bash
# Runs commands on a bare machine: a Debian made by debootstrap (minbase), with a fresh clone of this
# repository and nothing else.  Needs root, debootstrap and a mirror; the mirror, the certificates and
# the addresses of registries are those that the machine here uses.
#
# usage: tests/bare_machine.sh [-d FOLDER] [-u root|user|both] [-k] [COMMAND...]
#   -d FOLDER  the machines' place (default: a temporary folder)
#   -u WHO     who runs the commands: root, or a user with sudo, or both, each on a machine of its own
#   -k         keep the machines
#   COMMAND    a line for a shell in the clone (default: ./run check, ./run test)
set -euo pipefail
source=$(dirname "$(dirname "$(readlink -f "$0")")")
place= who=both keep=
while getopts d:u:k option; do
  case $option in
    d) mkdir -p "$OPTARG"; place=$(readlink -f "$OPTARG") ;;
    u) who=$OPTARG ;;
    k) keep=1 ;;
    *) sed -n '/^# usage/,/^set/{/^set/d;s/^# //p}' "$0" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- './run check --schedules 1000' './run test'
say() { printf '## %s\n' "$*"; }
[ "$(id -u)" = 0 ] || { echo "bare_machine.sh: needs root" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "SKIPPED: no debootstrap"; exit 77; }
temporary=
[ -n "$place" ] || { temporary=$(mktemp -d); place=$temporary; }

suite=$(. /etc/os-release; echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' |
  awk -v suite="$suite" '$2 == suite { print $1; exit }')
[ -n "$mirror" ] || { echo "bare_machine.sh: apt has no source for $suite" >&2; exit 2; }

# Copies the settings of this machine that another machine behind the same network needs.
surroundings() {
  local root=$1 file name
  rm -f "$root/etc/apt/sources.list"
  cp -a /etc/apt/sources.list* /etc/apt/apt.conf.d "$root/etc/apt/"
  for file in /etc/resolv.conf /etc/hosts /usr/local/share/ca-certificates/*.crt; do
    [ ! -f "$file" ] || install -D -m 644 "$file" "$root$file"
  done
  passed=()
  for name in $(compgen -e | grep -iE '^(https?|ftp|all|no)_proxy$|^(PIP|NPM_CONFIG)_|_CA_|^SSL_CERT|_CERT$'); do
    passed+=("$name=${!name}")
    file=${!name}
    [ ! -f "$file" ] || install -D -m 644 "$file" "$root$file"
  done
}

# inside ROOT WHO LINE: when the line has ended, its mounts and its remaining processes end, too.
inside() {
  local root=$1 home=/root as=()
  [ "$2" = root ] || { home=/home/user; as=(runuser -u user --); }
  unshare --mount --pid --fork sh -c 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&
      exec chroot "$0" "$@"' "$root" "${as[@]}" env -i HOME="$home" LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${passed[@]}" \
    bash -c "cd ~/raftcheck 2>/dev/null || cd; $3"
}

packages() { inside "$1" root "dpkg-query -W -f '\${Package}\n'" | sort; }

status=0
trap '[ -n "$keep" ] || rm -rf --one-file-system "$place"/bare-* $temporary' EXIT
base=$place/bare-base
[ -d "$base" ] || {
  say "debootstrap: a $suite with $(nproc) processors to work on"
  debootstrap --variant=minbase "$suite" "$base" "$mirror" >"$place/debootstrap.log" 2>&1 ||
    { tail -20 "$place/debootstrap.log" >&2; exit 3; }
}
for user in root user; do
  [ "$who" = both ] || [ "$who" = "$user" ] || continue
  root=$place/bare-$user
  rm -rf --one-file-system "$root"
  cp -a "$base" "$root"
  surroundings "$root"
  home=/root
  if [ "$user" = user ]; then
    home=/home/user
    inside "$root" root 'apt-get update -qq && apt-get install -y -qq sudo' >/dev/null 2>&1
    inside "$root" root 'useradd -m user && echo "user ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/user'
  fi
  git clone --quiet --no-hardlinks "$source" "$root$home/raftcheck"
  inside "$root" root "chown -R $user: $home/raftcheck"
  packages "$root" >"$place/before"
  for line in "$@"; do
    say "$user: $line"
    began=$SECONDS
    inside "$root" "$user" "$line" || { status=1; say "FAILED: $line"; }
    say "$user: $line: $((SECONDS - began)) s"
  done
  packages "$root" >"$place/after"
  say "$user: $(comm -13 "$place/before" "$place/after" | wc -l) packages were installed," \
    "$(du -sxm "$root" | cut -f1) MB are in use now"
done
exit $status
